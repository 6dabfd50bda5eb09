package jsonbody_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/esacert/esacert/server/internal/jsonbody"
)

// FuzzParse checks Parse against encoding/json: what Parse accepts is valid JSON
// that decodes to the same members, and what it rejects for its syntax is not.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"SiteId":1234567890123,"Domains":"a.example.com","Type":null}`, `{"a":[{"b":[]}],"c":1e400}`,
		`{"a":"\ud83d\ude00\ud800"}`, `{"a":1,"a":2}`, `{"a":1,}`, `{"a":1}x`, "{\"a\":\"\xff\"}", `{"a":"\\u\"["}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, err := jsonbody.Parse(body)
		if err != nil {
			if _, ok := errors.AsType[*jsonbody.Error](err); !ok || members != nil || len(err.Error()) > 512 {
				t.Fatalf("got %v, error %v (%T)", members, err, err)
			}
			if json.Valid(body) && (strings.Contains(err.Error(), "malformed") || strings.Contains(err.Error(), "ends before")) {
				t.Fatalf("%q is valid JSON, and Parse says %v", body, err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(body, &want); err != nil || len(want) != len(members) {
			t.Fatalf("encoding/json reads %d members (%v), Parse %d", len(want), err, len(members))
		}
		for _, m := range members {
			raw, ok := want[m.Name]
			if !ok {
				t.Fatalf("encoding/json does not find %q", m.Name)
			}
			checkMember(t, m, raw)
		}
	})
}

func checkMember(t *testing.T, m jsonbody.Member, raw json.RawMessage) {
	t.Helper()
	var value any
	if err := json.Unmarshal(raw, &value); err != nil && m.Kind != jsonbody.Number {
		t.Fatal(err)
	}
	kind, want := jsonbody.Number, string(raw)
	switch v := value.(type) {
	case string:
		kind, want = jsonbody.String, v
	case bool:
		kind = jsonbody.Boolean
	case []any:
		kind, want = jsonbody.Array, ""
	case map[string]any:
		kind, want = jsonbody.Object, ""
	case nil:
		if string(raw) == "null" {
			kind, want = jsonbody.Null, ""
		}
	}
	if m.Kind != kind || m.Value != want || !utf8.ValidString(m.Value) {
		t.Fatalf("%s is %+v, want kind %d and %q", raw, m, kind, want)
	}
}
