package config

import (
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/docpath"
	"github.com/esacert/esacert/server/store"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// scalarText returns a scalar as written, so that an ID of digits keeps its leading
// zeros; false for null, lists and mappings.
func scalarText(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// describe returns the type of a node, without the content, which may be a secret.
func describe(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "a string"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "null"
	case *ast.AliasNode, *ast.AnchorNode, *ast.MergeKeyNode:
		return "an anchor, alias or merge key (not supported)"
	case *ast.TagNode:
		return "a tag (not supported)"
	}
	return "something else"
}

// stringValue returns a string; numbers count as strings, as written. For a missing
// key it returns the value before.
func (o object) stringValue(key string, before string) string {
	node, ok := o.values[key]
	if !ok {
		return before
	}
	return o.d.stringValue(node, docpath.Member(o.path, key))
}

func (d *decoder) stringValue(node ast.Node, path string) string {
	switch node.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode:
		s, _ := scalarText(node)
		return s
	}
	d.fail(path, node, "got %s, want a string", describe(node))
	return ""
}

// stringValues returns a list of strings.
func (o object) stringValues(key string) []string {
	node, ok := o.values[key]
	if !ok {
		return nil
	}
	var list []string
	o.d.items(node, docpath.Member(o.path, key), func(path string, node ast.Node) {
		list = append(list, o.d.stringValue(node, path))
	})
	return list
}

// integer reads a decimal integer.
func (o object) integer(key string, before int64) int64 {
	node, ok := o.values[key]
	if !ok {
		return before
	}
	n, ok := decimal(node)
	if !ok {
		o.d.fail(docpath.Member(o.path, key), node, "got %s, want a 64-bit integer, for example 42", describe(node))
	}
	return n
}

// decimal parses decimal digits. Other forms of YAML (octal, hexadecimal,
// underscores) are rejected, because users read 010 as ten.
func decimal(node ast.Node) (int64, bool) {
	integer, ok := node.(*ast.IntegerNode)
	if !ok || integer.Token.Type != token.IntegerType || strings.Contains(integer.Token.Value, "_") {
		return 0, false
	}
	n, err := strconv.ParseInt(integer.Token.Value, 10, 64)
	return n, err == nil
}

// count reads an integer that fits an int.
func (o object) count(key string, before int) int {
	n := o.integer(key, int64(before))
	if int64(int(n)) != n {
		o.d.fail(docpath.Member(o.path, key), o.values[key], "number is too large")
		return 0
	}
	return int(n)
}

// Words accepted instead of a number or a time.
const (
	unlimited = "unlimited"
	never     = "never"
)

// limit reads a non-negative number, or the word unlimited.
func (o object) limit(key string, before int) int {
	node, ok := o.values[key]
	if !ok {
		return before
	}
	if s, ok := scalarText(node); ok && s == unlimited {
		return store.Unlimited
	}
	n, ok := decimal(node)
	if !ok || n < 0 || int64(int(n)) != n {
		o.d.fail(docpath.Member(o.path, key), node, invalidLimit)
		return 0
	}
	return int(n)
}

func (o object) boolean(key string) bool {
	node, ok := o.values[key]
	if !ok {
		return false
	}
	value, ok := node.(*ast.BoolNode)
	if !ok {
		o.d.fail(docpath.Member(o.path, key), node, "got %s, want true or false", describe(node))
		return false
	}
	return value.Value
}

// size reads a number of bytes, for example 65536 or 64KiB.
func (o object) size(key string, before int64) int64 {
	node, ok := o.values[key]
	if !ok {
		return before
	}
	s, _ := scalarText(node)
	unit := int64(1)
	if kib, found := strings.CutSuffix(s, "KiB"); found {
		s, unit = kib, 1<<10
	} else if mib, found := strings.CutSuffix(s, "MiB"); found {
		s, unit = mib, 1<<20
	}
	n, err := strconv.ParseInt(strings.TrimRight(s, " "), 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		o.d.fail(docpath.Member(o.path, key), node, "want a number of bytes, for example 65536, 64KiB or 1MiB")
		return 0
	}
	return n * unit
}

// duration reads a duration, for example 10s or 1m30s.
func (o object) duration(key string, before time.Duration) time.Duration {
	node, ok := o.values[key]
	if !ok {
		return before
	}
	s, _ := scalarText(node)
	d, err := time.ParseDuration(s)
	if err != nil {
		o.d.fail(docpath.Member(o.path, key), node, "want a duration, for example 10s or 500ms")
	}
	return d
}

// expiry reads a time, or the word never. The key is required, so that no token is
// valid forever by accident.
func (o object) expiry(key string) time.Time {
	const wanted = "want a time (RFC 3339), for example 2030-01-31T00:00:00Z, or never"
	path := docpath.Member(o.path, key)
	node, ok := o.values[key]
	if !ok {
		o.d.merge(problems{{Path: path, Message: "missing; " + wanted}})
		return time.Time{}
	}
	s, _ := scalarText(node)
	if s == never {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.IsZero() {
		o.d.fail(path, node, wanted)
		return time.Time{}
	}
	return at
}

// timestamp reads an optional time.
func (o object) timestamp(key string) time.Time {
	node, ok := o.values[key]
	if !ok {
		return time.Time{}
	}
	s, _ := scalarText(node)
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.IsZero() {
		o.d.fail(docpath.Member(o.path, key), node, "want a time (RFC 3339), for example 2024-09-10T00:00:00Z")
		return time.Time{}
	}
	return at
}

// stringMap reads a mapping of strings.
func (o object) stringMap(key string) map[string]string {
	node, ok := o.values[key]
	if !ok {
		return nil
	}
	values := map[string]string{}
	o.d.members(node, docpath.Member(o.path, key), func(name string, _, value ast.Node) {
		values[name] = o.d.stringValue(value, docpath.Member(docpath.Member(o.path, key), name))
	})
	return values
}
