package suite_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func compileTargetsSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(suite.TargetsSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("targets.schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("targets.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validateTargets(schema *jsonschema.Schema, data string) error {
	var parsed any
	if err := yaml.Unmarshal([]byte(data), &parsed); err != nil {
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

func TestTargetsSchemaAccepts(t *testing.T) {
	t.Parallel()
	schema := compileTargetsSchema(t)
	example, err := os.ReadFile("../../cases/targets-example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"template": suite.Template(), "example": string(example), "full": fullTargets, "empty": "", "null values": "endpoint:\njournal:\nkeys:\nsites:\nscenario_base:\n",
	} {
		if _, err := suite.ParseTargets(name, []byte(data)); err != nil {
			t.Errorf("%s: the decoder rejects it: %v", name, err)
		}
		if err := validateTargets(schema, data); err != nil {
			t.Errorf("%s: the schema rejects it: %v", name, err)
		}
	}
}

func TestTargetsSchemaRejects(t *testing.T) {
	t.Parallel()
	schema := compileTargetsSchema(t)
	for _, data := range []string{
		"[]", "target: a", "endpoint: []", "endpoint: {url: a}", "scenario_base: -1", "scenario_base: a", "keys: []", "sites: []",
		"keys: {janitor: {access_key_id: a, access_key_secret: b}}", "keys: {account: {access_key: a}}", "keys: {account: {access_key_id: a}}",
		"keys: {account: {access_key_id: a, access_key_secret: ''}}", "keys: {account: {access_key_id: a, access_key_secret: b, security_token: c}}",
		"keys: {sts: {access_key_id: a, access_key_secret: b}}", "keys: {bearer: {access_key_id: a, bearer_token: b}}", "keys: {bearer: {}}", "keys: {account: }",
		"sites: {moon: {id: 1, name: a}}", "sites: {active: {id: 1}}", "sites: {active: {name: a}}", "sites: {active: {id: 0, name: a}}", "sites: {active: {id: 1, name: a, plan: b}}",
	} {
		if _, err := suite.ParseTargets("targets.yaml", []byte(data)); err == nil {
			t.Errorf("the decoder accepts %s", data)
		}
		if validateTargets(schema, data) == nil {
			t.Errorf("the schema accepts %s", data)
		}
	}
}

// schemaNode is a part of the schema with references resolved.
type schemaNode struct {
	Ref         string                 `json:"$ref"`
	Defs        map[string]*schemaNode `json:"$defs"`
	Description string                 `json:"description"`
	Additional  *bool                  `json:"additionalProperties"`
	Properties  map[string]*schemaNode `json:"properties"`
}

// properties returns the properties of a node and reports nodes that accept other
// keys, or have none.
func (root *schemaNode) properties(t *testing.T, n *schemaNode) map[string]*schemaNode {
	t.Helper()
	if n == nil {
		t.Fatal("the schema lacks a property")
	}
	if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
		n = root.Defs[name]
	}
	if n.Additional == nil || *n.Additional || len(n.Properties) == 0 {
		t.Errorf("%+v: want properties, and additionalProperties: false", n)
	}
	return n.Properties
}

func sortedKeys(properties map[string]*schemaNode) []string {
	return slices.Sorted(maps.Keys(properties))
}

// yamlKeys returns the keys that the decoder accepts for a struct.
func yamlKeys[T any]() []string {
	var keys []string
	for i := range reflect.TypeFor[T]().NumField() {
		key, _, _ := strings.Cut(reflect.TypeFor[T]().Field(i).Tag.Get("yaml"), ",")
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// The schema has exactly the keys that the decoder accepts, at every depth.
func TestTargetsSchemaHasTheKeysOfTheDecoder(t *testing.T) {
	t.Parallel()
	var root schemaNode
	if err := json.Unmarshal(suite.TargetsSchema(), &root); err != nil {
		t.Fatal(err)
	}
	file := root.properties(t, &root)
	keys, sites := root.properties(t, file["keys"]), root.properties(t, file["sites"])
	inKeys := map[string]*schemaNode{}
	for _, key := range keys {
		maps.Copy(inKeys, root.properties(t, key))
	}
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"file", sortedKeys(file), yamlKeys[suite.Targets]()},
		{"keys", sortedKeys(keys), slices.Sorted(slices.Values(suite.KeyNames()))},
		{"sites", sortedKeys(sites), slices.Sorted(slices.Values(suite.SiteNames()))},
		{"a key", sortedKeys(inKeys), yamlKeys[suite.Key]()},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: the schema has %q, the decoder %q", c.what, c.got, c.want)
		}
	}
	for name, site := range sites {
		if got := sortedKeys(root.properties(t, site)); !slices.Equal(got, yamlKeys[suite.Site]()) {
			t.Errorf("site %s: the schema has %q", name, got)
		}
	}
	for _, properties := range []map[string]*schemaNode{file, keys, sites} {
		for name, property := range properties {
			if property.Description == "" {
				t.Errorf("%s has no description", name)
			}
		}
	}
}

// The decoder rejects a key that is not in the schema, and accepts every property.
func TestDecoderHasTheKeysOfTheTargetsSchema(t *testing.T) {
	t.Parallel()
	var root schemaNode
	if err := json.Unmarshal(suite.TargetsSchema(), &root); err != nil {
		t.Fatal(err)
	}
	check := func(document, key string) {
		_, err := suite.ParseTargets("targets.yaml", []byte(strings.Replace(document, "%", key+":", 1)))
		if unknown := err != nil && strings.Contains(err.Error(), "unknown"); unknown != (key == "zzz") {
			t.Errorf("%s with %s: %v", document, key, err)
		}
	}
	file := root.properties(t, &root)
	for _, m := range []struct {
		document   string
		properties map[string]*schemaNode
	}{
		{"%", file},
		{"keys: {%}", root.properties(t, file["keys"])},
		{"sites: {%}", root.properties(t, file["sites"])},
		{"keys: {sts: {%}}", root.properties(t, root.properties(t, file["keys"])["sts"])},
		{"keys: {bearer: {%}}", root.properties(t, root.properties(t, file["keys"])["bearer"])},
		{"sites: {active: {%}}", root.properties(t, root.properties(t, file["sites"])["active"])},
	} {
		check(m.document, "zzz")
		for name := range m.properties {
			check(m.document, name)
		}
	}
}
