package explorer_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/gen/esaspec"
	"github.com/esacert/esacert/server/internal/explorer"
)

// decoded reads JSON without rounding numbers.
func decoded(t *testing.T, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// another reads YAML with a different library than the explorer.
func another(t *testing.T, content []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(content, &v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, data)
}

// contractJSON returns the document of an operation served to the page.
func contractJSON(t *testing.T, action string) []byte {
	t.Helper()
	h, err := explorer.New(explorer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, explorer.Path+"contract.json?operation="+action, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func TestTheDocumentIsTheContract(t *testing.T) {
	t.Parallel()
	for _, op := range esaops.All() {
		got := decoded(t, contractJSON(t, op.Action))
		want := another(t, contractYAML(op.Action))
		if contract, ok := want.(map[string]any); !ok || contract["paths"] == nil {
			t.Fatalf("%s: the contract has no paths", op.Action)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-contract +document)\n%s", op.Action, diff)
		}
	}
}

// The members have the order of the contract.
func TestTheOrderOfTheDocument(t *testing.T) {
	t.Parallel()
	var contract yaml.Node
	if err := yaml.Unmarshal(contractYAML("ListSites"), &contract); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := 0; i < len(contract.Content[0].Content); i += 2 {
		want = append(want, contract.Content[0].Content[i].Value)
	}
	decoder := json.NewDecoder(bytes.NewReader(contractJSON(t, "ListSites")))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name.(string))
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			t.Fatal(err)
		}
	}
	if len(want) < 3 || !slices.Equal(got, want) {
		t.Errorf("the members are %q, want %q", got, want)
	}
}

func TestToJSON(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, yaml, want string }{
		{"order", "z: 1\na: 2\nm: {y: 1, b: 2}", `{"z":1,"a":2,"m":{"y":1,"b":2}}`},
		{"keys that are numbers", "200: ok\n\"404\": no", `{"200":"ok","404":"no"}`},
		{"scalars", "[1, -2, 1.5, true, null, '1', \"a\\n\\\"b\", 9223372036854775807]", `[1,-2,1.5,true,null,"1","a\n\"b",9223372036854775807]`},
		{"empty", "a: {}\nb: []\nc: ''\nd:", `{"a":{},"b":[],"c":"","d":null}`},
		{"block", "a: |\n  x\n  y\nb: >\n  x\n  y\nc: |-\n  x\n", `{"a":"x\ny\n","b":"x y\n","c":"x"}`},
		{"alias", "a: &x {b: 1}\nc: *x", `{"a":{"b":1},"c":{"b":1}}`},
		{"alias within an anchor", "r: &r {a: &x foo, b: *x}\ns: *r\nt: *x", `{"r":{"a":"foo","b":"foo"},"s":{"a":"foo","b":"foo"},"t":"foo"}`},
		{"list of maps", "- b: 1\n  a: 2\n- {}", `[{"b":1,"a":2},{}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, err := explorer.ToJSON([]byte(tc.yaml)); err != nil || string(got) != tc.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tc.want)
			}
		})
	}
}

func TestToJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, yaml, want string }{
		{"broken", "a: [", ""},
		{"nothing", "", ""},
		{"two documents", "a: 1\n---\nb: 2", "there are 2 documents"},
		{"no number", "a: .nan", "line 1, column 4"},
		{"unknown alias", "a: 1\nb: *x", `line 2, column 4: undefined anchor "x"`},
		{"alias of itself", "a: &x [*x]", `undefined anchor "x"`},
		{"merge key", "a: &x {b: 1}\nc:\n  <<: *x", "merge keys are not supported"},
		{"tag", "a: !!binary aGk=", "tags are not supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, err := explorer.ToJSON([]byte(tc.yaml)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %s, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func contractYAML(action string) []byte {
	data, _ := esaspec.Operation(action)
	return data
}
