package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/esacert/esacert/server/internal/docpath"
	"github.com/esacert/esacert/server/internal/excerpt"
)

// decoder converts the nodes of a YAML document to values. It records the
// position of each value, and continues after a problem with a zero value.
type decoder struct {
	name     string // of the file
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)

	positions map[string]position // by path
	failed    map[string]bool     // paths whose value could not be read
	problems  problems
}

type position struct{ line, column int }

// object is a mapping with fixed keys.
type object struct {
	d      *decoder
	path   string
	values map[string]ast.Node // without null values, which count as missing
}

// nodePosition returns the position of a node. For a block mapping it is the first key,
// because the token of the node is the first colon.
func nodePosition(node ast.Node) position {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return nodePosition(n.Values[0])
		}
	case *ast.MappingValueNode:
		return nodePosition(n.Key)
	}
	token := node.GetToken()
	if token == nil || token.Position == nil {
		return position{line: 1, column: 1}
	}
	return position{line: token.Position.Line, column: token.Position.Column}
}

// note records the position of a value.
func (d *decoder) note(path string, node ast.Node) { d.positions[path] = nodePosition(node) }

// fail reports that the value of a path cannot be read.
func (d *decoder) fail(path string, node ast.Node, format string, args ...any) {
	d.failed[path] = true
	d.addProblem(path, node, format, args...)
}

// addProblem adds a problem at a node.
func (d *decoder) addProblem(path string, node ast.Node, format string, args ...any) {
	at := nodePosition(node)
	d.problems = append(d.problems, Problem{
		Path: path, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...),
	})
}

// locate returns the position of a value, or of the innermost known value that
// contains it.
func (d *decoder) locate(path string) position {
	for ; path != ""; path = parent(path) {
		if at, ok := d.positions[path]; ok {
			return at
		}
	}
	return position{line: 1, column: 1}
}

// merge adds problems of values, except of values that could not be read and are
// therefore zero.
func (d *decoder) merge(found problems) {
	for _, p := range found {
		if d.hasFailed(p.Path) || slices.ContainsFunc(p.needs, d.hasFailed) {
			continue
		}
		at := d.locate(p.Path)
		p.Line, p.Column = at.line, at.column
		d.problems = append(d.problems, p)
	}
}

func (d *decoder) hasFailed(path string) bool {
	for ; path != ""; path = parent(path) {
		if d.failed[path] {
			return true
		}
	}
	return d.failed[""]
}

// object reads a mapping with fixed keys.
func (d *decoder) object(node ast.Node, path string, of *keySet) object {
	o := object{d: d, path: path, values: map[string]ast.Node{}}
	d.members(node, path, func(key string, at, value ast.Node) {
		if !slices.Contains(of.keys, key) && !slices.Contains(of.deprecated, key) {
			d.fail(docpath.Member(path, excerpt.Truncate(key, maxQuoted)), at, "unknown key, %s", advice(key, of))
			return
		}
		if value.Type() != ast.NullType {
			o.values[key] = value
		}
	})
	return o
}

func advice(key string, of *keySet) string {
	if name := suggest(key, of.keys); name != "" {
		return fmt.Sprintf("did you mean %q?", name)
	}
	return fmt.Sprintf("the keys of %s are %s", of.what, strings.Join(of.keys, ", "))
}

// members calls each for every key of a mapping. It rejects other nodes and
// duplicate keys.
func (d *decoder) members(node ast.Node, path string, each func(key string, at, value ast.Node)) {
	d.note(path, node)
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		d.fail(path, node, "got %s, want a mapping (key: value)", describe(node))
		return
	}
	first := map[string]position{}
	for _, pair := range mapping.Values {
		key, ok := scalarText(pair.Key)
		if !ok {
			d.addProblem(path, pair.Key, "got a key that is %s, want a string", describe(pair.Key))
			continue
		}
		if before, duplicate := first[key]; duplicate {
			d.fail(docpath.Member(path, key), pair.Key, "duplicate key; first defined on line %d", before.line)
			continue
		}
		first[key] = nodePosition(pair.Key)
		d.note(docpath.Member(path, key), pair.Value)
		each(key, pair.Key, pair.Value)
	}
}

// items calls each for every item of a list.
func (d *decoder) items(node ast.Node, path string, each func(path string, node ast.Node)) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		d.fail(path, node, "got %s, want a list (- item)", describe(node))
		return
	}
	for i, value := range list.Values {
		d.note(docpath.Item(path, i), value)
		each(docpath.Item(path, i), value)
	}
}

// listOf reads a list of mappings under a key.
func listOf[T any](o object, key string, of *keySet, read func(object) T) []T {
	node, ok := o.values[key]
	if !ok {
		return nil
	}
	var list []T
	o.d.items(node, docpath.Member(o.path, key), func(path string, node ast.Node) {
		list = append(list, read(o.d.object(node, path, of)))
	})
	return list
}
