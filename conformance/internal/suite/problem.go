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

// Problem is one thing that is wrong with a file of the suite.
type Problem struct {
	File         string // as it was named to the reader; "" for none
	Line, Column int    // from 1; 0 where the file as a whole is meant
	Message      string // what is wrong, and what would be right
}

// String is like a compiler's message: file:line:column: message.
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

// Problems is the error of all readers of this package: everything that is
// wrong, in the order of the files, never nothing.
type Problems []Problem

// Error has one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// err is nil without problems.
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

// addYAML adds what the YAML package says. Its own text goes on with the lines
// around the place; the message alone is taken.
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

// nodePosition is where a node begins. The token of a block mapping is its first
// colon; what a reader looks for is the key before it.
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
