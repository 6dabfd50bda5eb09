package ram

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// position is a line and column, counted from 1; zero if the document was
// decoded.
type position struct{ line, column int }

type nodeKind int

const (
	objectNode nodeKind = iota
	listNode
	stringNode
	otherNode // a number, true, false, null or a value of no JSON type
)

// node is one value of a document. JSON and decoded values both become nodes,
// so that one reader handles both; encoding/json alone would neither report
// positions nor detect duplicate names.
type node struct {
	kind    nodeKind
	pos     position
	value   string // the string itself; of an otherNode, its description
	members []member
	items   []*node
}

type member struct {
	name  string
	at    position
	value *node
}

// describe returns a description of a value for an error message.
func (n *node) describe() string {
	switch n.kind {
	case objectNode:
		return "an object"
	case listNode:
		return "a list"
	case stringNode:
		return "the string " + quote(n.value)
	}
	return n.value
}

// nodesFromJSON parses one JSON value and nothing after it.
func nodesFromJSON(data []byte) (*node, problems) {
	s := scanner{data: data, here: position{1, 1}}
	if at := invalidUTF8(data); at >= 0 {
		return nil, s.problem(at, "is not UTF-8 text; save the document as UTF-8")
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		at := len(data)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset <= int64(len(data)) {
			// The offset includes the unreadable byte.
			at = max(int(syntax.Offset)-1, 0)
		}
		return nil, s.problem(at, "is not JSON: "+err.Error())
	}
	s.decoder = json.NewDecoder(bytes.NewReader(data))
	s.decoder.UseNumber()
	root, err := s.value()
	if err != nil {
		return nil, s.problem(s.offset, "is not JSON: "+err.Error())
	}
	return root, nil
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// scanner converts tokens to nodes and tracks lines and columns.
type scanner struct {
	data    []byte
	decoder *json.Decoder
	offset  int      // lines are counted up to here
	here    position // of offset
}

func (s *scanner) problem(offset int, message string) problems {
	var found problems
	found.add("$", s.advance(offset), message)
	return found
}

// advance counts lines up to a later offset.
func (s *scanner) advance(offset int) position {
	for _, r := range string(s.data[s.offset:offset]) {
		s.here.column++
		if r == '\n' {
			s.here = position{s.here.line + 1, 1}
		}
	}
	s.offset = offset
	return s.here
}

// next returns the next token and its start: after the whitespace, commas and
// colons that follow the previous one.
func (s *scanner) next() (json.Token, position, error) {
	start := int(s.decoder.InputOffset())
	for start < len(s.data) && bytes.IndexByte([]byte(" \t\r\n,:"), s.data[start]) >= 0 {
		start++
	}
	at := s.advance(start)
	token, err := s.decoder.Token()
	return token, at, err
}

func (s *scanner) value() (*node, error) {
	token, at, err := s.next()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return s.object(at)
		}
		return s.list(at)
	case string:
		return &node{kind: stringNode, pos: at, value: token}, nil
	}
	return &node{kind: otherNode, pos: at, value: describeScalar(token)}, nil
}

func (s *scanner) object(at position) (*node, error) {
	n := &node{kind: objectNode, pos: at}
	for s.decoder.More() {
		name, at, err := s.next()
		if err != nil {
			return nil, err
		}
		value, err := s.value()
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member{name: name.(string), at: at, value: value})
	}
	_, _, err := s.next() // the closing brace
	return n, err
}

func (s *scanner) list(at position) (*node, error) {
	n := &node{kind: listNode, pos: at}
	for s.decoder.More() {
		item, err := s.value()
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	_, _, err := s.next() // the closing bracket
	return n, err
}

// nodesFromValue converts the output of a JSON or YAML decoder.
func nodesFromValue(value any) *node {
	switch value := value.(type) {
	case map[string]any:
		n := &node{kind: objectNode}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			n.members = append(n.members, member{name: name, value: nodesFromValue(value[name])})
		}
		return n
	case []any:
		n := &node{kind: listNode}
		for _, item := range value {
			n.items = append(n.items, nodesFromValue(item))
		}
		return n
	case []string:
		n := &node{kind: listNode}
		for _, item := range value {
			n.items = append(n.items, &node{kind: stringNode, value: item})
		}
		return n
	case string:
		return &node{kind: stringNode, value: value}
	}
	return &node{kind: otherNode, value: describeScalar(value)}
}

func describeScalar(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(value)
	case json.Number, int, int64, uint64, float64:
		return fmt.Sprintf("the number %v", value)
	}
	return fmt.Sprintf("a value of type %T", value)
}
