package suite

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parseDocument returns the only document of a file, or nil if it is empty or
// invalid. It adds errors to problems.
func parseDocument(name string, data []byte, problems *Problems) ast.Node {
	if !utf8.Valid(data) {
		*problems = append(*problems, Problem{File: name, Message: "not valid UTF-8"})
		return nil
	}
	// Some editors write a byte order mark.
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\ufeff")), 0)
	if err != nil {
		problems.addYAML(name, nil, err)
		return nil
	}
	var root ast.Node
	for _, document := range file.Docs {
		switch {
		case document.Body == nil, document.Body.Type() == ast.CommentType:
		case root == nil:
			root = document.Body
		default:
			problems.addAt(name, document.Body, "unexpected second document")
		}
	}
	return root
}

// UnmarshalYAML decodes a pair like {SiteId: "5"}. A list of pairs preserves order
// and duplicates.
func (p *Parameter) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok || len(mapping.Values) != 1 {
		return &nodeError{node, "want one pair, name: value"}
	}
	pair := mapping.Values[0]
	p.Name = pair.Key.GetToken().Value
	if _, ok := pair.Value.(ast.ScalarNode); !ok {
		return &nodeError{pair.Value, "the value of a parameter must be a scalar"}
	}
	if err := yaml.NodeToValue(pair.Value, &p.Value); err != nil {
		return fmt.Errorf("read parameter %s: %w", p.Name, err)
	}
	return nil
}

// MarshalYAML returns the parameter as a mapping of one key.
func (p Parameter) MarshalYAML() (any, error) {
	return yaml.MapSlice{{Key: p.Name, Value: p.Value}}, nil
}

// UnmarshalYAML decodes a duration like -16m or 200ms.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	var raw string
	if err := yaml.NodeToValue(node, &raw); err != nil {
		return &nodeError{node, "want a duration, for example 200ms"}
	}
	value, err := time.ParseDuration(raw)
	if err != nil {
		return &nodeError{node, fmt.Sprintf("invalid duration %q, want for example -16m or 200ms", raw)}
	}
	*d = Duration(value)
	return nil
}

// MarshalYAML returns the duration as a string like 200ms.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }

func (d Duration) String() string { return time.Duration(d).String() }

// nodeError is an error at a node of a YAML document.
type nodeError struct {
	node    ast.Node
	message string
}

func (e *nodeError) Error() string { return e.message }
