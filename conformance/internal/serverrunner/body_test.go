package serverrunner

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseBody(t *testing.T) {
	t.Parallel()
	for body, wrong := range map[string]bool{
		`{"a":1}`: false, " {} \n": false, ``: true, `null`: true, `[]`: true, `{} {}`: true, `{}x`: true, `{"a":1`: true, `1`: true,
	} {
		if _, err := parseBody([]byte(body)); (err != nil) != wrong {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestFieldAt(t *testing.T) {
	t.Parallel()
	object, err := parseBody([]byte(`{"a":{"b":[{"c":"text"},9007199254740993,null,true,{"d":[1]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a.b.0.c": "text", "a.b.1": "9007199254740993", "a.b.2": "null", "a.b.3": "true", "a.b.4": `{"d":[1]}`,
		"a.x": "", "a.b.9": "", "a.b.-1": "", "a.b.c": "", "a.b.0.c.d": "", "": "",
	} {
		got, found := fieldAt(object, path)
		if got != want || found != (want != "") {
			t.Errorf("%q: %q, %v", path, got, found)
		}
	}
}

// A member of any object is found under its name, unless the name has a dot.
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
		// What is no UTF-8 goes through JSON as the replacement character.
		key, text := strings.ToValidUTF8(name, "\ufffd"), strings.ToValidUTF8(value, "\ufffd")
		if strings.ToValidUTF8(name, "") != name || strings.ToValidUTF8(value, "") != value {
			return
		}
		if got, found := fieldAt(object, key); !found || got != text {
			t.Fatalf("%q: %q, %v", key, got, found)
		}
	})
}
