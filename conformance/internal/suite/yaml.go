package suite

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// UnmarshalYAML reads a pair, such as {SiteId: "5"}: names of parameters are
// data, so they stand where YAML has keys, and a list of pairs keeps order and
// repeats.
func (p *Parameter) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok || len(mapping.Values) != 1 {
		return &nodeError{node, "a parameter is one pair, name: value"}
	}
	pair := mapping.Values[0]
	p.Name = pair.Key.GetToken().Value
	if _, ok := pair.Value.(ast.ScalarNode); !ok {
		return &nodeError{pair.Value, "the value of a parameter is text"}
	}
	if err := yaml.NodeToValue(pair.Value, &p.Value); err != nil {
		return fmt.Errorf("reading parameter %s: %w", p.Name, err)
	}
	return nil
}

// MarshalYAML writes what UnmarshalYAML reads.
func (p Parameter) MarshalYAML() (any, error) {
	return yaml.MapSlice{{Key: p.Name, Value: p.Value}}, nil
}

// UnmarshalYAML reads a duration in Go's form, such as -16m or 200ms.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	var text string
	if err := yaml.NodeToValue(node, &text); err != nil {
		return &nodeError{node, "a duration is text, such as 200ms"}
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		return &nodeError{node, fmt.Sprintf("%q is no duration, such as -16m or 200ms", text)}
	}
	*d = Duration(value)
	return nil
}

// MarshalYAML writes what UnmarshalYAML reads.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }

// String is that of time.Duration.
func (d Duration) String() string { return time.Duration(d).String() }

// nodeError is a problem at a place of a YAML document.
type nodeError struct {
	node    ast.Node
	message string
}

func (e *nodeError) Error() string { return e.message }
