package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reader turns the nodes of a YAML document into values. It notes where each
// value stands, and goes on after a problem with a zero value.
type reader struct {
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
	r      *reader
	path   string
	values map[string]ast.Node // null counts as left out
}

// start is where a node begins. The token of a block mapping is its first
// colon, and what a reader looks for is the key before it.
func start(node ast.Node) position {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return start(n.Values[0])
		}
	case *ast.MappingValueNode:
		return start(n.Key)
	}
	token := node.GetToken()
	if token == nil || token.Position == nil {
		return position{line: 1, column: 1}
	}
	return position{line: token.Position.Line, column: token.Position.Column}
}

// note remembers where the value of a path stands.
func (r *reader) note(path string, node ast.Node) { r.positions[path] = start(node) }

// fail reports that the value of a path cannot be read.
func (r *reader) fail(path string, node ast.Node, format string, args ...any) {
	r.failed[path] = true
	r.complain(path, node, format, args...)
}

// complain reports a problem at a node.
func (r *reader) complain(path string, node ast.Node, format string, args ...any) {
	at := start(node)
	r.problems = append(r.problems, Problem{
		Path: path, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...),
	})
}

// locate finds where a path stands, or else what it is part of.
func (r *reader) locate(path string) position {
	for ; path != ""; path = parent(path) {
		if at, ok := r.positions[path]; ok {
			return at
		}
	}
	return position{line: 1, column: 1}
}

// merge adds problems of the values themselves, except where the value is a
// zero one because it could not be read.
func (r *reader) merge(found problems) {
	for _, p := range found {
		if r.hasFailed(p.Path) || slices.ContainsFunc(p.needs, r.hasFailed) {
			continue
		}
		at := r.locate(p.Path)
		p.Line, p.Column = at.line, at.column
		r.problems = append(r.problems, p)
	}
}

func (r *reader) hasFailed(path string) bool {
	for ; path != ""; path = parent(path) {
		if r.failed[path] {
			return true
		}
	}
	return r.failed[""] // the whole file
}

// object reads a mapping of a kind.
func (r *reader) object(node ast.Node, path string, of kind) object {
	o := object{r: r, path: path, values: map[string]ast.Node{}}
	known := of.keys()
	r.members(node, path, string(of), func(key string, at, value ast.Node) {
		if !slices.Contains(known, key) {
			r.fail(member(path, short(key)), at, "unknown key, %s", advice(key, known, of))
			return
		}
		if value.Type() != ast.NullType {
			o.values[key] = value
		}
	})
	return o
}

func advice(key string, known []string, of kind) string {
	if name := nearest(key, known); name != "" {
		return fmt.Sprintf("did you mean %q?", name)
	}
	return fmt.Sprintf("the keys of %s are %s", of, strings.Join(known, ", "))
}

// members goes through a mapping and refuses what is none, and keys that come
// twice.
func (r *reader) members(node ast.Node, path, what string, each func(key string, at, value ast.Node)) {
	r.note(path, node)
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		r.fail(path, node, "%s must be a mapping (key: value), and this is %s", what, describe(node))
		return
	}
	first := map[string]position{}
	for _, pair := range mapping.Values {
		key, ok := scalarText(pair.Key)
		if !ok {
			r.complain(path, pair.Key, "a key must be text, and this is %s", describe(pair.Key))
			continue
		}
		if before, twice := first[key]; twice {
			r.fail(member(path, key), pair.Key, "the key comes twice, first in line %d", before.line)
			continue
		}
		first[key] = start(pair.Key)
		r.note(member(path, key), pair.Value)
		each(key, pair.Key, pair.Value)
	}
}

// items goes through a list.
func (r *reader) items(node ast.Node, path string, each func(path string, node ast.Node)) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		r.fail(path, node, "it must be a list (- item), and this is %s", describe(node))
		return
	}
	for i, value := range list.Values {
		r.note(item(path, i), value)
		each(item(path, i), value)
	}
}

// listOf reads a list of mappings under a key.
func listOf[T any](o object, key string, of kind, read func(object) T) []T {
	node, ok := o.values[key]
	if !ok {
		return nil
	}
	var list []T
	o.r.items(node, member(o.path, key), func(path string, node ast.Node) {
		list = append(list, read(o.r.object(node, path, of)))
	})
	return list
}
