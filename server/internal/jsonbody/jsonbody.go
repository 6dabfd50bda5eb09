// Package jsonbody reads the members of a JSON object as parameters of an RPC
// call:
//
//	members, err := jsonbody.Parse([]byte(`{"SiteId": 1234567890123, "Domains": "www.example.com"}`))
//
// It accepts RFC 8259 and rejects what two parsers could interpret differently:
// a member that is duplicated, data after the object, bytes that are not UTF-8,
// half a surrogate pair. It is bounded: 4,096 members, 32 levels.
package jsonbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/esacert/esacert/server/internal/excerpt"
)

// The bounds of an object. maxMembers is that of the parameters of a query.
const (
	maxMembers = 4096
	maxDepth   = 32
)

// Kind is the JSON type of a value.
type Kind uint8

// The types of JSON.
const (
	String Kind = iota
	Number
	Boolean
	Null
	Array
	Object
)

// Member is one member of the object. Value is the decoded string, or the
// literal of a number or boolean: 1234567890123456789 is not rounded. It
// is empty for the other kinds.
type Member struct {
	Name  string
	Kind  Kind
	Value string
}

// Error reports why a body cannot be read. It is safe for a log: it holds at
// most 64 bytes of a member's name and no value.
type Error struct {
	Member string // name of the member at fault; "" if the whole body is
	Detail string
}

// Error returns the member and the detail in one line.
func (e *Error) Error() string {
	if e.Member == "" {
		return e.Detail
	}
	return "member " + quote(e.Member) + " " + e.Detail
}

// Parse returns the members of the object in their order. Errors are of type
// *Error.
func Parse(body []byte) ([]Member, error) {
	if !utf8.Valid(body) {
		return nil, &Error{Detail: "the JSON is not UTF-8"}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	first, err := decoder.Token()
	if err != nil {
		return nil, syntax(err, decoder)
	}
	if first != json.Delim('{') {
		return nil, &Error{Detail: "the JSON is not an object"}
	}
	members, err := readMembers(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return nil, syntax(err, decoder)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{Detail: fmt.Sprintf("data follows the JSON object, from byte %d on", decoder.InputOffset())}
	}
	return members, nil
}

func readMembers(decoder *json.Decoder) ([]Member, error) {
	var members []Member
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, syntax(err, decoder)
		}
		name, ok := token.(string)
		if !ok {
			return nil, &Error{Detail: fmt.Sprintf("the JSON has no member name before byte %d", decoder.InputOffset())}
		}
		switch {
		case seen[name]:
			return nil, &Error{Member: name, Detail: "is duplicated"}
		case len(members) == maxMembers:
			return nil, &Error{Detail: "the JSON object has more than " + strconv.Itoa(maxMembers) + " members"}
		}
		seen[name] = true
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return nil, syntax(err, decoder)
		}
		m, err := member(name, raw)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return members, nil
}

// member reads one value, whose syntax the decoder has checked.
func member(name string, raw json.RawMessage) (Member, error) {
	m := Member{Name: name, Value: string(raw)}
	switch raw[0] {
	case '"':
		if err := json.Unmarshal(raw, &m.Value); err != nil {
			return m, &Error{Member: name, Detail: "is not a JSON string"}
		}
		// The body is UTF-8, so only an escape can decode to the replacement
		// character that is not written in it.
		if strings.ContainsRune(m.Value, utf8.RuneError) && hasLoneSurrogate(raw) {
			return m, &Error{Member: name, Detail: "has half a surrogate pair"}
		}
	case 't', 'f':
		m.Kind = Boolean
	case 'n':
		m.Kind, m.Value = Null, ""
	case '[', '{':
		if m.Kind = Array; raw[0] == '{' {
			m.Kind = Object
		}
		m.Value = ""
		if depth(raw) >= maxDepth {
			return m, &Error{Member: name, Detail: "is nested deeper than " + strconv.Itoa(maxDepth) + " levels"}
		}
	default:
		m.Kind = Number
	}
	return m, nil
}

// depth returns how many arrays and objects of valid JSON are open at the same time.
func depth(raw []byte) int {
	deepest, open, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			open++
			deepest = max(deepest, open)
		case c == ']' || c == '}':
			open--
		}
	}
	return deepest
}

// hasLoneSurrogate reports whether a JSON string escapes half of a surrogate
// pair, which encoding/json replaces without an error.
func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		unit := hex4(raw[i+1:])
		i += 4
		switch {
		case unit < 0xd800 || unit > 0xdfff:
		case unit < 0xdc00 && len(raw) > i+6 && raw[i+1] == '\\' && raw[i+2] == 'u' && hex4(raw[i+3:])&0xfc00 == 0xdc00:
			i += 6
		default:
			return true
		}
	}
	return false
}

// hex4 reads the four digits of an escape that the decoder has checked.
func hex4(digits []byte) uint64 {
	n, err := strconv.ParseUint(string(digits[:4]), 16, 32)
	if err != nil {
		return 0
	}
	return n
}

func syntax(err error, decoder *json.Decoder) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Detail: "the JSON ends before the object does"}
	}
	detail := err.Error()
	if at, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &Error{Detail: fmt.Sprintf("the JSON is malformed near byte %d: %s", at.Offset, detail)}
	}
	return &Error{Detail: fmt.Sprintf("the JSON is malformed near byte %d: %s", decoder.InputOffset(), detail)}
}

// quote writes a name of the caller for a log line.
func quote(name string) string { return excerpt.Quote(name, maxNameBytes) }

// maxNameBytes limits a name in a log line.
const maxNameBytes = 64
