package suite

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Problem is one error in a file of the suite.
type Problem struct {
	File         string // name as given to the parser; "" if unknown
	Line, Column int    // from 1; 0 for the whole file
	Message      string // error and remedy
}

// String returns file:line:column: message.
func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Message
	case p.Line == 0:
		return p.File + ": " + p.Message
	default:
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	}
}

// Problems is the error type of the parsers of this package: all errors, in the
// order of the files. It is never empty.
type Problems []Problem

// Error returns one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// err returns nil if p is empty.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return p
}

// addAt adds a problem at a node.
func (p *Problems) addAt(file string, node ast.Node, format string, args ...any) {
	line, column := nodePosition(node)
	*p = append(*p, Problem{File: file, Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// addYAML adds an error of the YAML package, without the excerpt of the file that
// its string includes.
func (p *Problems) addYAML(file string, around ast.Node, err error) {
	var (
		at      *nodeError
		problem yaml.Error
	)
	switch {
	case errors.As(err, &at):
		p.addAt(file, at.node, "%s", at.message)
	case errors.As(err, &problem) && problem.GetToken() != nil && problem.GetToken().Position != nil:
		position := problem.GetToken().Position
		*p = append(*p, Problem{File: file, Line: position.Line, Column: position.Column, Message: problem.GetMessage()})
	case around != nil:
		p.addAt(file, around, "%v", err)
	default:
		*p = append(*p, Problem{File: file, Message: err.Error()})
	}
}

// nodePosition returns the start of a node. The token of a block mapping is its first
// colon, so it returns the position of the key before it.
func nodePosition(node ast.Node) (line, column int) {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return nodePosition(n.Values[0])
		}
	case *ast.MappingValueNode:
		return nodePosition(n.Key)
	}
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line, token.Position.Column
	}
	return 1, 1
}
