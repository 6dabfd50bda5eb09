package cases_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Every file is valid against the schema.
func TestFilesMatchSchema(t *testing.T) {
	t.Parallel()
	schema := compile(t)
	names := files(t)
	if len(names) < 10 {
		t.Fatalf("only %d case files", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := fs.ReadFile(cases.FS(), name)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(schema, data); err != nil {
				t.Error(err)
			}
		})
	}
}

func files(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(cases.FS(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "targets") })
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("case.schema.json", schemaJSON(t)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("case.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func schemaJSON(t *testing.T) any {
	t.Helper()
	data, err := fs.ReadFile(cases.FS(), "case.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func validate(schema *jsonschema.Schema, data []byte) error {
	var parsed any
	if err := yaml.Unmarshal(data, &parsed); err != nil {
		return err
	}
	encoded, err := json.Marshal(parsed)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// The schema rejects the same malformed cases as Load.
func TestSchemaRejects(t *testing.T) {
	t.Parallel()
	schema := compile(t)
	const head = "- {id: a/b, why: because it is, evidence: gateway, level: must"
	good := head + ", server: {steps: [{request: {}, responses: [{row: SiteNotFound}]}]}, violates: SiteNotFound}"
	if err := validate(schema, []byte(good)); err != nil {
		t.Fatal(err)
	}
	deprecated := strings.NewReplacer("evidence:", "source:", "responses:", "answers:", "violates:", "breaks:").Replace(good)
	if err := validate(schema, []byte(deprecated)); err != nil {
		t.Errorf("deprecated keys: %v", err)
	}
	for name, input := range map[string]string{
		"both spellings":           strings.Replace(good, "evidence:", "source: gateway, evidence:", 1),
		"unknown key of a case":    strings.Replace(good, "violates:", "violate:", 1),
		"unknown key of a request": strings.Replace(good, "request: {}", "request: {methd: GET}", 1),
		"unknown evidence":         strings.Replace(good, "gateway", "rumor", 1),
		"unknown level":            strings.Replace(good, "must", "shall", 1),
		"id without a group":       strings.Replace(good, "a/b", "ab", 1),
		"neither side":             head + "}",
		"no response":              strings.Replace(good, "[{row: SiteNotFound}]", "[]", 1),
		"an empty response":        strings.Replace(good, "{row: SiteNotFound}", "{}", 1),
		"two changes":              strings.Replace(good, "request: {}", "request: {tamper: [{drop_header: a, method: GET}]}", 1),
		"a parameter of two pairs": strings.Replace(good, "request: {}", "request: {parameters: [{a: b, c: d}]}", 1),
		"a case without a list":    strings.TrimPrefix(good, "- "),
	} {
		if validate(schema, []byte(input)) == nil {
			t.Errorf("%s: the schema accepts %s", name, input)
		}
	}
}

// The schema has exactly the keys of the Go types.
func TestSchemaKeysMatchTypes(t *testing.T) {
	t.Parallel()
	root, _ := schemaJSON(t).(map[string]any)
	defs, _ := root["$defs"].(map[string]any)
	for _, value := range []any{
		suite.Case{}, suite.ServerCase{}, suite.Step{}, suite.Request{}, suite.Tamper{}, suite.ExpectedResponse{}, suite.Accepted{},
		suite.ClientCase{}, suite.Call{}, suite.Reply{}, suite.ExpectedOutcome{},
	} {
		typ := reflect.TypeOf(value)
		var want []string
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
			want = append(want, name)
		}
		def, _ := defs[typ.Name()].(map[string]any)
		properties, _ := def["properties"].(map[string]any)
		var got []string
		for name, property := range properties {
			if is, _ := property.(map[string]any); is["deprecated"] != true {
				got = append(got, name)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %q, the type has %q", typ.Name(), got, want)
		}
		if def["additionalProperties"] != false {
			t.Errorf("%s: the schema accepts unknown keys", typ.Name())
		}
	}
}
