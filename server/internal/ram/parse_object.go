package ram

import (
	"iter"
	"slices"
	"strings"

	"github.com/esacert/esacert/server/internal/docpath"
)

func (r *parser) isObject(n *node, path, form string) bool {
	if n.kind != objectNode {
		r.problems.add(path, n.pos, "is "+n.describe()+"; write "+form)
	}
	return n.kind == objectNode
}

func (r *parser) isEmpty(n *node, path, form string) bool {
	if len(n.members) == 0 {
		r.problems.add(path, n.pos, "is empty; leave it out, or write "+form)
	}
	return len(n.members) == 0
}

// required returns a required member, or nil.
func (r *parser) required(parent *node, members map[string]*node, path, key, advice string) *node {
	n := members[key]
	if n == nil {
		r.problems.add(path, parent.pos, "has no "+key+"; "+advice)
	}
	return n
}

// members returns the members of an object by name, and reports unknown ones.
func (r *parser) members(n *node, path string, known ...string) map[string]*node {
	members := map[string]*node{}
	for name, value := range r.distinct(n, path, asWritten) {
		members[name] = value
	}
	for _, m := range n.members {
		if !slices.Contains(known, m.name) {
			r.problems.add(docpath.Member(path, m.name), m.at, "is not known here; "+adviseKey(m.name, known))
		}
	}
	return members
}

// adviseKey suggests a remedy for an unknown key.
func adviseKey(name string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return "write " + quote(k)
		}
	}
	switch {
	case strings.EqualFold(name, "Principal"):
		return "it belongs to the trust policies of roles: leave it out"
	case strings.EqualFold(name, "NotResource"):
		return "the language has no NotResource: write Resource, with a Deny for what is left out"
	}
	return "known are " + strings.Join(known, ", ")
}

// distinct yields the members of an object, and reports duplicates. normal maps
// equal names to the same form.
func (r *parser) distinct(n *node, path string, normal func(string) string) iter.Seq2[string, *node] {
	return func(yield func(string, *node) bool) {
		first := map[string]string{}
		for _, m := range n.members {
			if earlier, repeated := first[normal(m.name)]; repeated {
				r.problems.add(docpath.Member(path, m.name), m.at, "repeats "+quote(earlier)+"; write each key once")
				continue
			}
			first[normal(m.name)] = m.name
			if !yield(m.name, m.value) {
				return
			}
		}
	}
}

func asWritten(name string) string { return name }
