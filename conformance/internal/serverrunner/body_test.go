package serverrunner

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseBody(t *testing.T) {
	t.Parallel()
	for body, wrong := range map[string]bool{
		`{"a":1}`: false, " {} \n": false, ``: true, `null`: true, `[]`: true, `{} {}`: true, `{}x`: true, `{"a":1`: true, `1`: true,
	} {
		if _, err := parseBody([]byte(body)); (err != nil) != wrong {
			t.Errorf("%q: got error %v, want error: %v", body, err, wrong)
		}
	}
}

func TestFieldAt(t *testing.T) {
	t.Parallel()
	object, err := parseBody([]byte(`{"a":{"b":[{"c":"word"},9007199254740993,null,true,{"d":[1]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a.b.0.c": "word", "a.b.1": "9007199254740993", "a.b.2": "null", "a.b.3": "true", "a.b.4": `{"d":[1]}`,
		"a.x": "", "a.b.9": "", "a.b.-1": "", "a.b.c": "", "a.b.0.c.d": "", "": "",
	} {
		got, found := fieldAt(object, path)
		if got != want || found != (want != "") {
			t.Errorf("%q: got %q, %v", path, got, found)
		}
	}
}

// A member of an object is found by its name, unless the name contains a dot.
func FuzzFieldAt(f *testing.F) {
	f.Add("name", "value")
	f.Fuzz(func(t *testing.T, name, value string) {
		if strings.Contains(name, ".") {
			return
		}
		body, err := json.Marshal(map[string]string{name: value})
		if err != nil {
			t.Fatal(err)
		}
		object, err := parseBody(body)
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return // JSON replaces invalid characters
		}
		if got, found := fieldAt(object, name); !found || got != value {
			t.Fatalf("%q: got %q, %v, want %q", name, got, found, value)
		}
	})
}
