package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("config.schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validateYAML(schema *jsonschema.Schema, data []byte) error {
	var parsed any
	if err := yaml.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &parsed); err != nil {
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

func TestSchemaAcceptsGoodFiles(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	if err := validateYAML(schema, Example()); err != nil {
		t.Errorf("example: %v", err)
	}
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := validateYAML(schema, data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestSchemaRejects(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for _, file := range []string{"unknown-keys", "wrong-kinds", "numbers", "expiry"} {
		data, err := os.ReadFile("testdata/bad/" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if validateYAML(schema, data) == nil {
			t.Errorf("%s: accepted", file)
		}
	}
	for _, input := range []string{
		"{}", "accounts: []\nlisten_: x", "accounts: []\nlog_level: loud", "accounts: []\nlimits: {read_timeout: 10}",
		"accounts: []\nlimits: {url: 64kb}", "accounts: []\nissuing: on", "accounts: []\nissuing: {workers: 0}",
		"accounts: [{id: 1, sites: [{id: 0, name: example.com, plan: a}]}]", "accounts: [{id: 1, sites: [{id: 1, name: example.com}]}]",
		"accounts: [{id: 1, plans: [{id: a, records: all}]}]", "accounts: [{id: 1, bearer_tokens: [{token: a}]}]",
		"accounts: [{id: 1, bearer_tokens: [{token: a, expires: tomorrow}]}]",
	} {
		if validateYAML(schema, []byte(input)) == nil {
			t.Errorf("accepted: %s", input)
		}
	}
}

// The decoder accepts exactly the keys of the schema, at every depth: for an unknown
// key it lists those that it knows.
func TestSchemaHasTheKeysOfTheDecoder(t *testing.T) {
	t.Parallel()
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	mappings := 0
	walkSchema(t, root, "%s", func(document string, properties map[string]any) {
		mappings++
		want, all := []string{}, []string{}
		for key, property := range properties {
			all = append(all, key)
			if is, _ := property.(map[string]any); is["deprecated"] != true {
				want = append(want, key)
			}
		}
		slices.Sort(want)
		got := listedKeys(t, fmt.Sprintf(document, "{zzzzzzzzzz: 1}"))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the decoder has %q, the schema has %q", document, got, want)
		}
		for _, key := range all {
			if _, err := Parse(fmt.Appendf(nil, document, "{"+key+": null}"), "f.yaml"); err != nil && strings.Contains(err.Error(), "unknown key") {
				t.Errorf("%s: %s: %v", document, key, err)
			}
		}
	})
	if mappings < 25 {
		t.Errorf("only %d mappings", mappings)
	}
}

// walkSchema visits the mappings with fixed keys. The document is a YAML format for
// the content of the mapping.
func walkSchema(t *testing.T, schema map[string]any, document string, visit func(string, map[string]any)) {
	t.Helper()
	alternatives, _ := schema["anyOf"].([]any)
	for _, alternative := range alternatives {
		if inner, ok := alternative.(map[string]any); ok {
			walkSchema(t, inner, document, visit)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		walkSchema(t, items, fmt.Sprintf(document, "[%s]"), visit)
	}
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return
	}
	if schema["additionalProperties"] != false {
		t.Errorf("%s: the schema accepts unknown keys", document)
	}
	visit(document, properties)
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		property, _ := properties[key].(map[string]any)
		if property["description"] == "" {
			t.Errorf("%s: %s has no description", document, key)
		}
		walkSchema(t, property, fmt.Sprintf(document, "{"+key+": %s}"), visit)
	}
}

var keysListed = regexp.MustCompile(`unknown key, the keys of .* are (.*)$`)

func listedKeys(t *testing.T, document string) []string {
	t.Helper()
	_, err := Parse([]byte(document), "f.yaml")
	var invalid *Error
	if !errors.As(err, &invalid) {
		t.Fatalf("%s: %v", document, err)
	}
	for _, p := range invalid.Problems {
		if m := keysListed.FindStringSubmatch(p.Message); m != nil {
			return strings.Split(m[1], ", ")
		}
	}
	t.Fatalf("%s: no unknown key in %v", document, err)
	return nil
}

// The example documents the file: it has every key, in use or in a comment.
func TestExampleExplainsEveryKey(t *testing.T) {
	t.Parallel()
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	walkSchema(t, root, "%s", func(document string, properties map[string]any) {
		for key, property := range properties {
			if is, _ := property.(map[string]any); is["deprecated"] == true {
				continue
			}
			// At the beginning of a line, of an item, or of a comment.
			line := regexp.MustCompile(`(?m)^[ #-]*` + key + `:( |$)`)
			if !line.MatchString(exampleText) {
				t.Errorf("%s: the key %s is not in the example", document, key)
			}
		}
	})
}

func TestDeprecatedFolder(t *testing.T) {
	t.Parallel()
	const head = "accounts: [{id: 1}]\nissuing: {deliver: {"
	for _, key := range []string{"dir", "folder"} {
		cfg, err := Parse([]byte(head+key+": out}}"), "etc/f.yaml")
		if err != nil || cfg.Issuing.Deliver.Dir != filepath.Join("etc", "out") {
			t.Errorf("%s: %+v, %v", key, cfg, err)
		}
	}
	_, err := Parse([]byte(head+"dir: a, folder: b}}"), "f.yaml")
	if want := "f.yaml:2:37: issuing.deliver.folder: dir and folder are mutually exclusive"; err == nil || err.Error() != want {
		t.Errorf("both: got %v, want %s", err, want)
	}
}
