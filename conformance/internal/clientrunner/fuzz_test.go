package clientrunner

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/esacert/esacert/conformance/adapters"
)

// A number and a string are found unchanged in a list of any length.
func FuzzFieldAt(f *testing.F) {
	f.Add(int64(9007199254740993), "*.example.com ", "Domain", uint8(0))
	f.Add(int64(-1), "", "Result", uint8(9))
	f.Add(int64(1), "\xb4", "\xd8", uint8(1)) // valid only together
	f.Fuzz(func(t *testing.T, number int64, value, name string, index uint8) {
		if strings.Contains(name, ".") {
			return
		}
		list := make([]any, int(index)+1)
		list[index] = map[string]any{name: value, "n": number}
		if name == "n" {
			list[index] = map[string]any{"n": number}
		}
		result, err := roundTripJSON(adapters.Result{OK: true, Response: &adapters.Response{Body: map[string]any{"Result": list}}})
		if err != nil {
			t.Fatal(err)
		}
		under := "Result." + strconv.Itoa(int(index)) + "."
		if got, found := fieldAt(result.Response.Body, under+"n"); !found || got != strconv.FormatInt(number, 10) {
			t.Errorf("got %q for %d", got, number)
		}
		if !utf8.ValidString(name) || !utf8.ValidString(value) || name == "n" {
			return // JSON encoding replaces it
		}
		if got, found := fieldAt(result.Response.Body, under+name); !found || got != value {
			t.Errorf("got %q for %q", got, value)
		}
		if got, found := fieldAt(result.Response.Body, "Result."+strconv.Itoa(int(index)+1)+".n"); found {
			t.Errorf("beyond the list: got %q", got)
		}
	})
}

func TestFieldAtFormatsOtherTypes(t *testing.T) {
	t.Parallel()
	body := map[string]any{"a": true, "b": nil, "c": []any{json.Number("1.50")}, "d": map[string]any{}}
	for path, want := range map[string]string{"a": "true", "b": "null", "c": "[1.50]", "c.0": "1.50", "d": "{}"} {
		if got, found := fieldAt(body, path); !found || got != want {
			t.Errorf("%s: got %q", path, got)
		}
	}
	for _, path := range []string{"", "e", "a.b", "c.1", "c.-1", "c.x", "d.0"} {
		if got, found := fieldAt(body, path); found {
			t.Errorf("%s: got %q", path, got)
		}
	}
}
