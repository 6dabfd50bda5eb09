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

// position is a place in a text, counted from 1; zero if there is no text.
type position struct{ line, column int }

type nodeKind int

const (
	objectNode nodeKind = iota
	listNode
	textNode
	otherNode // a number, true, false, null or a value of no JSON type
)

// node is one value of a document. JSON text and decoded values both become
// nodes, so that one reader serves both; encoding/json alone would neither tell
// positions nor notice a name that stands twice.
type node struct {
	kind    nodeKind
	pos     position
	text    string // the string itself; of an otherNode, what it is
	members []member
	items   []*node
}

type member struct {
	name  string
	at    position
	value *node
}

// describe says what a value is, in a sentence that says what it should be.
func (n *node) describe() string {
	switch n.kind {
	case objectNode:
		return "an object"
	case listNode:
		return "a list"
	case textNode:
		return "the string " + quote(n.text)
	}
	return n.text
}

// nodesFromJSON reads one JSON value and nothing after it.
func nodesFromJSON(data []byte) (*node, problems) {
	s := scanner{data: data, here: position{1, 1}}
	if at := invalidUTF8(data); at >= 0 {
		return nil, s.problem(at, "is not UTF-8 text; save the document as UTF-8")
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		at := len(data)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset <= int64(len(data)) {
			// The offset counts the byte that could not be read.
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

// scanner turns tokens into nodes and keeps count of lines and columns.
type scanner struct {
	data    []byte
	decoder *json.Decoder
	offset  int      // up to here lines are counted
	here    position // of offset
}

func (s *scanner) problem(offset int, message string) problems {
	var found problems
	found.add("$", s.advance(offset), message)
	return found
}

// advance counts on to an offset further down.
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

// next returns the next token and where it begins: after the blanks, commas and
// colons that follow the one before.
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
		return &node{kind: textNode, pos: at, text: token}, nil
	}
	return &node{kind: otherNode, pos: at, text: describeScalar(token)}, nil
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

// nodesFromValue takes what a JSON or YAML decoder makes of a document.
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
			n.items = append(n.items, &node{kind: textNode, text: item})
		}
		return n
	case string:
		return &node{kind: textNode, text: value}
	}
	return &node{kind: otherNode, text: describeScalar(value)}
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
