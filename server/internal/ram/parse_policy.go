package ram

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/server/internal/docpath"
)

// Keys of the language.
const (
	keyVersion   = "Version"
	keyStatement = "Statement"
	keyEffect    = "Effect"
	keyAction    = "Action"
	keyNotAction = "NotAction"
	keyResource  = "Resource"
	keyCondition = "Condition"
)

// version is the only version of the language.
const version = "1"

// reader builds a policy from nodes. It continues after a problem, so that all
// are reported; its result is only valid if none was found.
type parser struct{ problems problems }

func (r *parser) policy(n *node) *Policy {
	const path = "$"
	if !r.isObject(n, path, `{"Version":"1","Statement":[…]}`) {
		return nil
	}
	members := r.members(n, path, keyVersion, keyStatement)
	if v := r.required(n, members, path, keyVersion, `write "Version": "1"`); v != nil && (v.kind != stringNode || v.value != version) {
		r.problems.add(docpath.Member(path, keyVersion), v.pos, "is "+v.describe()+`; the only version is the string "1"`)
	}
	list := r.required(n, members, path, keyStatement, `write "Statement": […] with at least one statement`)
	if list == nil {
		return nil
	}
	return &Policy{statements: r.statements(list, docpath.Member(path, keyStatement))}
}

func (r *parser) statements(n *node, path string) []statement {
	if n.kind != listNode || len(n.items) == 0 {
		what := n.describe()
		if n.kind == listNode {
			what = "empty"
		}
		r.problems.add(path, n.pos, "is "+what+`; write a list of at least one statement, [{"Effect": …, "Action": …, "Resource": …}]`)
		return nil
	}
	statements := make([]statement, len(n.items))
	for i, item := range n.items {
		statements[i] = r.statement(item, docpath.Item(path, i))
	}
	return statements
}

func (r *parser) statement(n *node, path string) statement {
	var s statement
	if !r.isObject(n, path, `{"Effect": …, "Action": …, "Resource": …}`) {
		return s
	}
	members := r.members(n, path, keyEffect, keyAction, keyNotAction, keyResource, keyCondition)
	s.effect = r.effect(n, members, path)
	s.actions, s.notAction = r.actions(n, members, path)
	s.resources = r.resources(n, members, path)
	if conditions := members[keyCondition]; conditions != nil {
		s.conditions = r.conditions(conditions, docpath.Member(path, keyCondition))
	}
	return s
}

func (r *parser) effect(parent *node, members map[string]*node, path string) Effect {
	n := r.required(parent, members, path, keyEffect, `write "Effect": "Allow" or "Effect": "Deny"`)
	if n == nil {
		return ""
	}
	effect := Effect(n.value)
	if n.kind != stringNode || effect != Allow && effect != Deny {
		r.problems.add(docpath.Member(path, keyEffect), n.pos, "is "+n.describe()+`; write "Allow" or "Deny"`)
	}
	return effect
}

// actions parses Action or NotAction, and reports whether it was NotAction.
func (r *parser) actions(parent *node, members map[string]*node, path string) (actions []pattern, exclusive bool) {
	included, excluded := members[keyAction], members[keyNotAction]
	switch {
	case included == nil && excluded == nil:
		r.problems.add(path, parent.pos, `has no Action; write "Action": "service:Operation" (or NotAction, for all but these)`)
	case included != nil && excluded != nil:
		r.problems.add(docpath.Member(path, keyNotAction), excluded.pos, "conflicts with Action; a statement has one or the other")
	}
	for _, key := range []string{keyAction, keyNotAction} {
		if members[key] == nil {
			continue
		}
		for _, v := range r.stringValues(members[key], docpath.Member(path, key), `"service:Operation"`) {
			if !isAction(v.value) {
				r.problems.add(v.path, v.at, quote(v.value)+` is not an action; write "service:Operation", for example "esa:ApplyCertificate" or "esa:Get*", or "*" for all`)
			}
			actions = append(actions, newPattern(v.value, true))
		}
	}
	return actions, excluded != nil
}

// isAction accepts "*" and service:Operation without whitespace.
func isAction(action string) bool {
	if action == "*" {
		return true
	}
	if strings.ContainsFunc(action, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		return false
	}
	service, operation, _ := strings.Cut(action, ":")
	return service != "" && operation != ""
}

func (r *parser) resources(parent *node, members map[string]*node, path string) []resourcePattern {
	n := r.required(parent, members, path, keyResource, `write "Resource": "*", or resource names`)
	if n == nil {
		return nil
	}
	var resources []resourcePattern
	for _, v := range r.stringValues(n, docpath.Member(path, keyResource), `"*" or a resource name`) {
		resource, ok := newResourcePattern(v.value)
		if !ok {
			r.problems.add(v.path, v.at, quote(v.value)+` is not a resource name; write acs:service:region:account:relative-id, for example "acs:esa:*:*:site/123", or "*" for all`)
		}
		resources = append(resources, resource)
	}
	return resources
}

// conditions returns them sorted, since their order is not significant and a
// decoded map has none.
func (r *parser) conditions(n *node, path string) []condition {
	const form = `{"operator": {"key": ["value"]}}`
	if !r.isObject(n, path, form) || r.isEmpty(n, path, form) {
		return nil
	}
	var conditions []condition
	for name, keys := range r.distinct(n, path, asWritten) {
		path := docpath.Member(path, name)
		o, known := findOperator(name)
		if !known {
			r.problems.add(path, keys.pos, "is not a condition operator; "+adviseOperator(name))
			continue
		}
		if !r.isObject(keys, path, `{"key": ["value"]}`) || r.isEmpty(keys, path, `{"key": ["value"]}`) {
			continue
		}
		for key, values := range r.distinct(keys, path, keyName) {
			conditions = append(conditions, r.condition(o, key, values, docpath.Member(path, key)))
		}
	}
	slices.SortFunc(conditions, func(a, b condition) int {
		if order := strings.Compare(a.operator, b.operator); order != 0 {
			return order
		}
		return strings.Compare(a.key, b.key)
	})
	return conditions
}

func (r *parser) condition(o operator, key string, values *node, path string) condition {
	if service, name, _ := strings.Cut(key, ":"); service == "" || name == "" || !utf8.ValidString(key) {
		r.problems.add(path, values.pos, quote(key)+` is not a condition key; write "service:key", for example "acs:SourceIp"`)
	}
	c := condition{operator: o.name, negated: o.negated, key: canonicalKeyCase(key), tests: newTests(o)}
	for _, v := range r.stringValues(values, path, "a string in quotes") {
		if err := c.tests.add(v.value); err != nil {
			r.problems.add(v.path, v.at, quote(v.value)+" "+err.Error())
		}
		c.values = append(c.values, v.value)
	}
	return c
}

// keyName normalizes the name of a key for comparison.
func keyName(key string) string { return strings.ToLower(canonicalKeyCase(key)) }

// documentedCase returns the documented spelling of a global key.
func canonicalKeyCase(key string) string {
	for _, known := range globalKeys() {
		if strings.EqualFold(known, key) {
			return known
		}
	}
	return key
}

// stringAt is one string of the document.
type stringAt struct {
	value string
	path  string
	at    position
}

// stringValues parses a string or a nonempty list of strings.
func (r *parser) stringValues(n *node, path, want string) []stringAt {
	switch {
	case n.kind == stringNode:
		return r.stringValue(n, path, want)
	case n.kind == listNode && len(n.items) > 0:
		var all []stringAt
		for i, item := range n.items {
			all = append(all, r.stringValue(item, docpath.Item(path, i), want)...)
		}
		return all
	case n.kind == listNode:
		r.problems.add(path, n.pos, "is empty; write "+want+", one or a list")
	default:
		r.problems.add(path, n.pos, "is "+n.describe()+"; write "+want+", one or a list")
	}
	return nil
}

func (r *parser) stringValue(n *node, path, want string) []stringAt {
	if n.kind != stringNode {
		r.problems.add(path, n.pos, "is "+n.describe()+"; write "+want)
		return nil
	}
	if !utf8.ValidString(n.value) {
		r.problems.add(path, n.pos, "is not UTF-8 text; save the document as UTF-8")
		return nil
	}
	return []stringAt{{value: n.value, path: path, at: n.pos}}
}
