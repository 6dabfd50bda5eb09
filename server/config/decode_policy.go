package config

import (
	"errors"
	"strings"

	"github.com/esacert/esacert/server/internal/docpath"
	"github.com/esacert/esacert/server/internal/ram"
	"github.com/goccy/go-yaml/ast"
)

// policies reads the policies under a key: a mapping from names to documents.
func (o object) policies(key string) map[string]*ram.Policy {
	node, ok := o.values[key]
	if !ok {
		return nil
	}
	policies := map[string]*ram.Policy{}
	o.d.members(node, docpath.Member(o.path, key), func(name string, _, value ast.Node) {
		if policy := o.d.policy(value, docpath.Member(docpath.Member(o.path, key), name)); policy != nil {
			policies[name] = policy
		}
	})
	return policies
}

// policy reads one RAM policy, written as YAML; nil if it is invalid.
func (d *decoder) policy(node ast.Node, path string) *ram.Policy {
	before := len(d.problems)
	value := d.value(node, path)
	if len(d.problems) > before {
		return nil // a key was dropped, so the rest may look valid
	}
	policy, err := ram.FromValue(value)
	if err == nil {
		return policy
	}
	d.failed[path] = true
	var wrong *ram.Error
	if !errors.As(err, &wrong) {
		d.fail(path, node, "%v", err)
		return nil
	}
	for _, p := range wrong.Problems {
		inner := path + strings.TrimPrefix(p.Path, "$")
		at := d.locate(inner)
		d.problems = append(d.problems, Problem{Path: inner, Line: at.line, Column: at.column, Message: p.Message})
	}
	return nil
}

// value converts a node to maps, lists and strings, for ram.FromValue. Numbers and
// booleans are converted to strings as written, because all values of the policy
// language are strings.
func (d *decoder) value(node ast.Node, path string) any {
	switch n := node.(type) {
	case *ast.MappingNode:
		value := map[string]any{}
		d.members(n, path, func(key string, _, inner ast.Node) {
			value[key] = d.value(inner, docpath.Member(path, key))
		})
		return value
	case *ast.SequenceNode:
		value := []any{}
		d.items(n, path, func(path string, inner ast.Node) {
			value = append(value, d.value(inner, path))
		})
		return value
	case *ast.NullNode:
		return nil
	}
	s, ok := scalarText(node)
	if !ok {
		d.fail(path, node, "got %s, want a string, a list or a mapping", describe(node))
	}
	return s
}
