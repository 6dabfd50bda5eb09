package explorer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// toJSON converts a YAML document to JSON, with the members in the order of the
// document, which is the order on the page. It walks the tree, because decoding
// loses the order and nested anchors.
func toJSON(content []byte) ([]byte, error) {
	file, err := parser.ParseBytes(content, 0)
	if err != nil {
		return nil, err
	}
	if len(file.Docs) != 1 {
		return nil, fmt.Errorf("there are %d documents, one is needed", len(file.Docs))
	}
	c := converter{anchors: map[string][]byte{}}
	if err := c.node(file.Docs[0].Body); err != nil {
		return nil, err
	}
	return c.out.Bytes(), nil
}

// converter writes JSON. It records anchors for later aliases.
type converter struct {
	out     bytes.Buffer
	anchors map[string][]byte
}

func (c *converter) node(n ast.Node) error {
	switch n := n.(type) {
	case *ast.MappingNode:
		return c.mapping(n)
	case *ast.SequenceNode:
		return c.sequence(n)
	case *ast.AnchorNode:
		return c.anchor(n)
	case *ast.AliasNode:
		return c.alias(n)
	case *ast.LiteralNode:
		return c.scalar(n, n.Value.Value)
	case *ast.TagNode:
		return withPosition(n, errors.New("tags are not supported"))
	case ast.ScalarNode:
		return c.scalar(n, n.GetValue())
	case nil:
		return errors.New("it is empty")
	}
	return withPosition(n, fmt.Errorf("node type %s is not supported", n.Type()))
}

func (c *converter) mapping(m *ast.MappingNode) error {
	c.out.WriteByte('{')
	for i, pair := range m.Values {
		if i > 0 {
			c.out.WriteByte(',')
		}
		if err := c.key(pair.Key); err != nil {
			return err
		}
		c.out.WriteByte(':')
		if err := c.node(pair.Value); err != nil {
			return err
		}
	}
	c.out.WriteByte('}')
	return nil
}

// key writes the name of a member. An unquoted status is a number in YAML and a
// string in JSON.
func (c *converter) key(k ast.MapKeyNode) error {
	s, ok := k.(ast.ScalarNode)
	if _, merge := k.(*ast.MergeKeyNode); merge || !ok {
		return withPosition(k, errors.New("keys must be strings or numbers; merge keys are not supported"))
	}
	return c.scalar(s, fmt.Sprint(s.GetValue()))
}

func (c *converter) sequence(s *ast.SequenceNode) error {
	c.out.WriteByte('[')
	for i, n := range s.Values {
		if i > 0 {
			c.out.WriteByte(',')
		}
		if err := c.node(n); err != nil {
			return err
		}
	}
	c.out.WriteByte(']')
	return nil
}

func (c *converter) anchor(n *ast.AnchorNode) error {
	begin := c.out.Len()
	if err := c.node(n.Value); err != nil {
		return err
	}
	c.anchors[n.Name.GetToken().Value] = bytes.Clone(c.out.Bytes()[begin:])
	return nil
}

func (c *converter) alias(n *ast.AliasNode) error {
	name := n.Value.GetToken().Value
	data, ok := c.anchors[name]
	if !ok {
		return withPosition(n, fmt.Errorf("undefined anchor %q", name))
	}
	c.out.Write(data)
	return nil
}

func (c *converter) scalar(n ast.Node, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return withPosition(n, err)
	}
	c.out.Write(data)
	return nil
}

// withPosition adds the position in the YAML file to an error.
func withPosition(n ast.Node, err error) error {
	p := n.GetToken().Position
	return fmt.Errorf("line %d, column %d: %w", p.Line, p.Column, err)
}
