package admin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/servertest"
)

// listed is what GET / returns.
func listed(t *testing.T, a *fixture) []admin.Endpoint {
	t.Helper()
	w := a.do("GET", "/", "")
	var endpoints []admin.Endpoint
	decoder := json.NewDecoder(w.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&endpoints); err != nil || w.Code != 200 {
		t.Fatalf("%d, %v", w.Code, err)
	}
	return endpoints
}

// The description of each path is correct: the path responds, accepts exactly
// the listed parameters, and its responses have the listed fields.
func TestIndexIsTrue(t *testing.T) {
	t.Parallel()
	a, issue := newIssuing(t)
	if err := a.apply(t, servertest.SiteID, "www.example.com"); err != nil {
		t.Fatal(err)
	}
	issue()
	if err := a.apply(t, servertest.SiteID, "blog.example.com"); err != nil {
		t.Fatal(err)
	}
	if w := a.do("POST", "/scenarios", `{"fault": "cut-body", "times": 5}`); w.Code != 201 {
		t.Fatal(w.Body)
	}
	if w := a.do("POST", "/authority/rules", `{"refuse": "rateLimited", "retry_after": "1s"}`); w.Code != 201 {
		t.Fatal(w.Body)
	}
	endpoints := listed(t, a)
	if len(endpoints) < 20 {
		t.Errorf("only %d are listed", len(endpoints))
	}
	// Paths that respond with an error, because the test's server lacks the feature.
	without := []string{"GET /https/root", "POST /reload", "POST /nonces/lower"}
	for _, e := range endpoints {
		name := e.Method + " " + e.Path
		target := strings.Replace(e.Path, "{id}", map[bool]string{true: "30000479", false: "30000478"}[strings.HasSuffix(e.Path, "/cancel")], 1)
		t.Run(name, func(t *testing.T) {
			if e.Description == "" {
				t.Error("it has no description")
			}
			body := ""
			if e.Request != nil {
				body = string(exampleOf(t, e.Request))
			}
			w := a.do(e.Method, target, body)
			switch {
			case slices.Contains(without, name):
				if w.Code != 409 {
					t.Errorf("%d %s, want 409", w.Code, w.Body)
				}
				return
			case w.Code != 200 && w.Code != 201 && w.Code != 204:
				t.Fatalf("%d %s", w.Code, w.Body)
			case w.Code == 204 && e.Response == nil:
				return
			}
			if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, e.Response.ContentType) {
				t.Errorf("the type is %s, listed is %s", got, e.Response.ContentType)
			}
			if e.Response.ContentType == "application/json" {
				checkFields(t, w.Body.Bytes(), e.Response)
			}
			checkQuery(t, a, e, target)
		})
	}
}

func exampleOf(t *testing.T, b *admin.Body) []byte {
	t.Helper()
	data, err := json.Marshal(b.Example)
	if err != nil || string(data) == "null" {
		t.Fatalf("no example: %s, %v", data, err)
	}
	checkFields(t, data, b)
	return data
}

// checkFields reports members that are not listed. A list must have an item, or
// nothing would be checked.
func checkFields(t *testing.T, data []byte, b *admin.Body) {
	t.Helper()
	if !b.List {
		data = slices.Concat([]byte("["), data, []byte("]"))
	}
	var items []map[string]any
	if err := json.Unmarshal(data, &items); err != nil || len(items) == 0 {
		t.Fatalf("%v: %s", err, data)
	}
	for _, item := range items {
		checkMembers(t, "", item, b.Fields)
	}
}

func checkMembers(t *testing.T, within string, members map[string]any, fields []admin.Field) {
	t.Helper()
	for name, value := range members {
		at := slices.IndexFunc(fields, func(f admin.Field) bool { return f.Name == name })
		if at < 0 {
			t.Errorf("%s%s is not listed", within, name)
			continue
		}
		field := fields[at]
		if len(field.Fields) == 0 {
			if kind := kindOf(value); !strings.HasPrefix(field.Type, kind) && (kind != "string" || !strings.HasPrefix(field.Type, "time") && !strings.HasPrefix(field.Type, "duration")) {
				t.Errorf("%s%s is a %s, listed as %s: %v", within, name, kind, field.Type, value)
			}
			continue
		}
		if inner, ok := value.(map[string]any); ok {
			checkMembers(t, within+name+".", inner, field.Fields)
		}
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "integer"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	default:
		return fmt.Sprintf("%T", value)
	}
}

func checkQuery(t *testing.T, a *fixture, e admin.Endpoint, target string) {
	t.Helper()
	if len(e.Query) == 0 {
		return
	}
	for _, p := range e.Query {
		value := map[string]string{"string": "x", "integer": "1"}[p.Type]
		if len(p.Values) > 0 {
			value = p.Values[0]
		}
		if w := a.do(e.Method, target+"?"+p.Name+"="+value, ""); w.Code != 200 || p.Description == "" {
			t.Errorf("%s=%s: %d %s, described as %q", p.Name, value, w.Code, w.Body, p.Description)
		}
		if w := a.do(e.Method, target+"?"+p.Name+"=x", ""); (p.Type == "integer" || len(p.Values) > 0) && w.Code != 400 {
			t.Errorf("%s=x: %d", p.Name, w.Code)
		}
	}
	if w := a.do(e.Method, target+"?nonesuch=1", ""); w.Code != 400 {
		t.Errorf("a parameter that is not listed: %d", w.Code)
	}
}

// Every route is registered from the listed table, by the only call that
// registers routes. The package comment names each route.
func TestIndexIsComplete(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	calls, doc := 0, ""
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		doc += parsed.Doc.Text()
		ast.Inspect(parsed, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && (s.Sel.Name == "Handle" || s.Sel.Name == "HandleFunc") {
				calls++
			}
			return true
		})
	}
	if calls != 1 {
		t.Errorf("%d calls register a route; want 1", calls)
	}
	words := strings.Join(strings.Fields(doc), " ")
	a, _ := newIssuing(t)
	for _, e := range listed(t, a) {
		if !strings.Contains(words, e.Method+" "+e.Path+" ") {
			t.Errorf("the package comment does not name %s %s", e.Method, e.Path)
		}
	}
}

// The response is readable: indented, with types and examples as sent.
func TestIndexIsReadable(t *testing.T) {
	t.Parallel()
	a, _ := newIssuing(t)
	w := a.do("GET", "/", "")
	for _, want := range []string{
		"\n    \"path\": \"/authority/rules\",\n",
		`"slow": "1m0s"`,
		`"type": "duration, for example 60s"`,
		`"description": "deprecated: slow in nanoseconds"`,
		`"name": "site_id"`,
	} {
		if !bytes.Contains(w.Body.Bytes(), []byte(want)) {
			t.Errorf("missing %s in\n%s", want, w.Body)
		}
	}
	if w := a.do("GET", "/nonesuch", ""); w.Code != 404 || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("an unknown path: %d %v", w.Code, w.Header())
	}
	if w := a.do("DELETE", "/journal", ""); w.Code != 405 || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("an unknown method: %d %v", w.Code, w.Header())
	}
}

// The README names only existing paths.
func TestReadmeNamesPaths(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\n## Admin API\n")
	section, _, _ = strings.Cut(section, "\n## ")
	a, _ := newIssuing(t)
	endpoints := listed(t, a)
	named := regexp.MustCompile("`(/[a-z/]+)`").FindAllStringSubmatch(section, -1)
	if len(named) < 5 {
		t.Fatalf("only %v are named", named)
	}
	for _, path := range named {
		if !slices.ContainsFunc(endpoints, func(e admin.Endpoint) bool { return e.Path == path[1] }) {
			t.Errorf("path %s does not exist", path[1])
		}
	}
}
