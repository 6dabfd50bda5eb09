package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("report.schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// A report of any run is valid against the schema, and ReadJSON returns the run, except
// for bytes that are not valid UTF-8.
func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	rapid.Check(t, func(t *rapid.T) {
		run := anyRun().Draw(t, "run")
		var b bytes.Buffer
		if err := (JSON{}).Write(&b, run); err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		read, err := ReadJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(run.MapStrings(toValidUTF8, toValidUTF8), read); diff != "" {
			t.Fatalf("read back (-want +got):\n%s", diff)
		}
	})
}

func TestJSONOfEmptyRun(t *testing.T) {
	t.Parallel()
	output := written(t, JSON{}, &suite.Run{Side: suite.ServerSide})
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled(t).Validate(instance); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(output), `"exit_code": 5`) || !strings.Contains(string(output), "nothing ran") {
		t.Errorf("the report of an empty run lacks nothing ran:\n%s", output)
	}
}

// The schema rejects invalid reports.
func TestSchemaRejects(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	good := string(written(t, JSON{}, readRun(t, "server")))
	for _, test := range []struct{ name, old, new string }{
		{"unknown member of the run", `"contract":`, `"color": "blue", "contract":`},
		{"unknown member of a result", `"why":`, `"color": "blue", "why":`},
		{"unknown member of a check", `"name":`, `"color": "blue", "name":`},
		{"unknown member of an exchange", `"request":`, `"color": "blue", "request":`},
		{"unknown verdict", `"verdict": "passed"`, `"verdict": "fine"`},
		{"unknown side", `"side": "server"`, `"side": "both"`},
		{"unknown evidence", `"evidence": "gateway"`, `"evidence": "rumour"`},
		{"unknown level", `"level": "must"`, `"level": "maybe"`},
		{"no format", `"format": "esaconform-report/2",`, ``},
		{"exit code of another program", `"exit_code": 1`, `"exit_code": 7`},
		{"date", `"started": "2026-11-23T17:00:00.25Z"`, `"started": "yesterday"`},
		{"negative duration", `"duration_ns": 12345000000`, `"duration_ns": -1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bad := strings.Replace(good, test.old, test.new, 1)
			if bad == good {
				t.Fatalf("the report lacks %s", test.old)
			}
			instance, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
			if err != nil {
				t.Fatal(err)
			}
			if schema.Validate(instance) == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}

// The deprecated format 1 is read with its verdicts and members renamed.
func TestReadJSONFormat1(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(readRun(t, "server"), readRun(t, "server-format1")); diff != "" {
		t.Errorf("format 1 (-current +format 1):\n%s", diff)
	}
}

func TestReadJSONRejects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, input, says string }{
		{"empty", "", "EOF"},
		{"not JSON", "hello", "invalid character"},
		{"another format", `{"format":"esaconform-report/9"}`, `format is "esaconform-report/9"`},
		{"another document", `{"openapi":"3.0.3"}`, `unknown field "openapi"`},
		{"unknown member", `{"format":"esaconform-report/2","color":"blue"}`, `unknown field "color"`},
		{"two reports", `{"format":"esaconform-report/2"} {}`, "unexpected data after the report"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadJSON(strings.NewReader(test.input))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
}

// failing accepts some bytes and then fails, like a full disk.
type failing struct{ left int }

var errFull = errors.New("no space left")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWritersReturnErrors(t *testing.T) {
	t.Parallel()
	for _, format := range Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			writer, err := format.Writer()
			if err != nil {
				t.Fatal(err)
			}
			if err := writer.Write(&failing{left: 10}, readRun(t, "server")); !errors.Is(err, errFull) {
				t.Errorf("got %v, want the write error", err)
			}
		})
	}
	if _, err := Format("pdf").Writer(); err == nil || !strings.Contains(err.Error(), "text, json, junit or html") {
		t.Errorf("an unknown format: got %v", err)
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"format":"esaconform-report/2","results":[{"case":"a/b","checks":[{"name":"status","verdict":"passed"}]}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, output []byte) {
		run, err := ReadJSON(bytes.NewReader(output))
		if err != nil {
			return
		}
		again, err := ReadJSON(bytes.NewReader(written(t, JSON{}, run)))
		if err != nil {
			t.Fatalf("the report cannot be read again: %v", err)
		}
		first, second := written(t, JSON{}, run), written(t, JSON{}, again)
		if !bytes.Equal(first, second) {
			t.Errorf("different reports of one run:\n%s\n%s", first, second)
		}
	})
}
