package adapters

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// line is a test vector: a line of the protocol that schema and parser must both
// accept or reject.
type line struct {
	Name  string          `json:"name"`
	Kind  string          `json:"kind"`
	Valid bool            `json:"valid"`
	Line  json.RawMessage `json:"line"`
}

func readLines(t testing.TB) []line {
	t.Helper()
	data, err := os.ReadFile("testdata/lines.json")
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&lines); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestSchemaAndParserAgree(t *testing.T) {
	t.Parallel()
	schemas := map[string]*jsonschema.Schema{"request": compile(t, "request"), "result": compile(t, "result")}
	for _, vector := range readLines(t) {
		t.Run(vector.Name, func(t *testing.T) {
			t.Parallel()
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(vector.Line))
			if err != nil {
				t.Fatal(err)
			}
			if err := schemas[vector.Kind].Validate(value); (err == nil) != vector.Valid {
				t.Errorf("schema: %v, want valid = %v", err, vector.Valid)
			}
			if err := parse(vector.Kind, vector.Line); (err == nil) != vector.Valid {
				t.Errorf("parser: %v, want valid = %v", err, vector.Valid)
			}
		})
	}
}

func parse(kind string, line []byte) error {
	if kind == "request" {
		_, err := ParseRequest(line)
		return err
	}
	_, err := ParseResult(line)
	return err
}

// compile compiles one definition of the schema.
func compile(t testing.TB, definition string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("protocol.schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("protocol.schema.json#/$defs/" + definition)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestParseRequestSetsDefaults(t *testing.T) {
	t.Parallel()
	got, err := ParseRequest([]byte(`{"id":"1","endpoint":"http://h:1","parameters":{}}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Request{
		ID: "1", Endpoint: "http://h:1", Operation: "ApplyCertificate", Signature: "acs3", Method: "POST", Placement: "query",
		Parameters: map[string]string{}, TimeoutMs: 10_000, MaxAttempts: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The deprecated kind "answer" is accepted as "response".
func TestParseResultAcceptsDeprecatedKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"response", "answer"} {
		result, err := ParseResult([]byte(`{"id":"1","ok":false,"error":{"kind":"` + kind + `","raw":"no JSON"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if result.Error.Kind != KindResponse {
			t.Errorf("kind %q: got %q, want %q", kind, result.Error.Kind, KindResponse)
		}
	}
}

func TestParseRequestKeepsIDOfInvalidLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ line, id string }{
		"unknown member": {`{"id":"7","nope":1}`, "7"},
		"wrong value":    {`{"id":"7","endpoint":"http://h","parameters":{},"method":"PUT"}`, "7"},
		"not JSON":       {`{"id":"7"`, ""},
		"two values":     {`{"id":"7","endpoint":"http://h","parameters":{}} {}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, err := ParseRequest([]byte(test.line))
			if err == nil || request.ID != test.id {
				t.Errorf("got id %q and error %v, want id %q and an error", request.ID, err, test.id)
			}
		})
	}
}

func TestSchemaIsACopy(t *testing.T) {
	t.Parallel()
	Schema()[0] = 'x'
	if !json.Valid(Schema()) {
		t.Error("a caller changed the schema")
	}
}

// FuzzProtocol checks that encoding a parsed line and parsing it again changes
// nothing, and that the encoded line satisfies the schema.
func FuzzProtocol(f *testing.F) {
	for _, vector := range readLines(f) {
		f.Add([]byte(vector.Line))
	}
	request, result := compile(f, "request"), compile(f, "result")
	f.Fuzz(func(t *testing.T, line []byte) {
		if first, err := ParseRequest(line); err == nil {
			roundTrip(t, first, ParseRequest, request)
		}
		if first, err := ParseResult(line); err == nil {
			roundTrip(t, first, ParseResult, result)
		}
	})
}

func roundTrip[T any](t *testing.T, first T, parse func([]byte) (T, error), schema *jsonschema.Schema) {
	t.Helper()
	printed, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := parse(printed)
	if err != nil {
		t.Fatalf("%s: %v", printed, err)
	}
	if diff := cmp.Diff(first, second, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(printed))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
}
