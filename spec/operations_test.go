package spec_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/gen/esaspec"
)

// documented is what the vendor's metadata says of an operation (testdata).
type documented struct {
	Action     string
	Methods    []string
	Summary    string
	Parameters []struct {
		Name, In, Type, Format, Example string
		Required                        bool
	}
	Fields []struct{ Path, Type, Format string }
	Errors []struct {
		Status        int
		Code, Message string
	}
	Example json.RawMessage
}

func documentedOperations(t *testing.T) []documented {
	t.Helper()
	var list []documented
	if err := json.Unmarshal(readFile(t, "operations.json"), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// loadOperation parses the self-contained document of an operation.
func loadOperation(t *testing.T, action string) (*openapi3.T, *openapi3.PathItem, *openapi3.Operation) {
	t.Helper()
	data, ok := esaspec.Operation(action)
	if !ok {
		t.Fatalf("no document of %s", action)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	path := doc.Paths.Value("/")
	if path.Post != nil {
		return doc, path, path.Post
	}
	return doc, path, path.Get
}

func TestOperationsEqualTheDocumentation(t *testing.T) {
	t.Parallel()
	list := documentedOperations(t)
	if len(list) != 8 {
		t.Fatalf("testdata has %d operations, want 8", len(list))
	}
	for _, want := range list {
		t.Run(want.Action, func(t *testing.T) {
			t.Parallel()
			_, path, operation := loadOperation(t, want.Action)
			compareParameters(t, &want, path, operation)
			compareFields(t, &want, operation)
			compareErrors(t, &want)
			compareExample(t, &want, operation)
			op, _ := esaops.Find(want.Action)
			for _, method := range want.Methods {
				if !slices.Contains(op.Methods, strings.ToUpper(method)) {
					t.Errorf("methods %v lack the documented %s", op.Methods, method)
				}
			}
		})
	}
}

// compareParameters compares name, place, type, format, whether it is required, and
// the example. Newer parameters have their evidence.
func compareParameters(t *testing.T, want *documented, path *openapi3.PathItem, operation *openapi3.Operation) {
	t.Helper()
	var got, documented []string
	line := func(name, in, typ, format string, required bool, example string) string {
		if typ == "array" {
			typ = "string" // TagFilter, a JSON document in a string
		}
		return fmt.Sprintf("%s in %s: %s %s, required %v, %s", name, in, typ, format, required, strings.TrimSpace(example))
	}
	example := func(value any, extensions map[string]any) string {
		if raw, ok := extensions["x-documented-example"].(string); ok {
			return raw
		}
		if number, ok := value.(float64); ok {
			return fmt.Sprintf("%.0f", number)
		}
		return fmt.Sprint(value)
	}
	for _, p := range path.Parameters {
		if _, newer := p.Value.Extensions["x-evidence"]; newer || p.Value.In == "header" {
			continue
		}
		s := p.Value.Schema.Value
		text := example(p.Value.Example, p.Value.Extensions)
		if p.Value.Name == "TagFilter" {
			text = "<nil>"
		}
		got = append(got, line(p.Value.Name, p.Value.In, s.Type.Slice()[0], s.Format, p.Value.Required, text))
	}
	if body := operation.RequestBody; body != nil {
		form := body.Value.Content["application/x-www-form-urlencoded"].Schema.Value
		for name, property := range form.Properties {
			if _, newer := property.Value.Extensions["x-evidence"]; newer {
				continue
			}
			s := property.Value
			text := example(s.Example, s.Extensions)
			if name == "Type" {
				text = "cas" // the schema is shared, and has no example
			}
			got = append(got, line(name, "formData", s.Type.Slice()[0], s.Format, slices.Contains(form.Required, name), text))
		}
	}
	for _, p := range want.Parameters {
		if p.Example == "" {
			p.Example = "<nil>"
		}
		documented = append(documented, line(p.Name, p.In, p.Type, p.Format, p.Required, p.Example))
	}
	slices.Sort(got)
	slices.Sort(documented)
	if diff := cmp.Diff(documented, got); diff != "" {
		t.Errorf("parameters (-documented +contract):\n%s", diff)
	}
}

// compareFields compares path, type and format of every field of the response.
func compareFields(t *testing.T, want *documented, operation *openapi3.Operation) {
	t.Helper()
	var got, documented []string
	var visit func(prefix string, s *openapi3.Schema)
	visit = func(prefix string, s *openapi3.Schema) {
		for name, ref := range s.Properties {
			property := ref.Value
			if _, newer := property.Extensions["x-evidence"]; newer {
				continue
			}
			at := strings.TrimPrefix(prefix+"."+name, ".")
			got = append(got, fmt.Sprintf("%s: %s %s", at, property.Type.Slice()[0], property.Format))
			visit(at, property)
			if property.Items != nil {
				visit(at+"[]", property.Items.Value)
			}
		}
	}
	visit("", operation.Responses.Value("200").Value.Content["application/json"].Schema.Value)
	for _, f := range want.Fields {
		documented = append(documented, fmt.Sprintf("%s: %s %s", f.Path, f.Type, f.Format))
	}
	slices.Sort(got)
	slices.Sort(documented)
	if diff := cmp.Diff(documented, got); diff != "" {
		t.Errorf("fields of the response (-documented +contract):\n%s", diff)
	}
}

// compareErrors compares the rows, in their order. Rows that the page does not have
// have other evidence.
func compareErrors(t *testing.T, want *documented) {
	t.Helper()
	var got, documented []string
	op, _ := esaops.Find(want.Action)
	for _, e := range op.Errors {
		if e.Evidence == "documented" {
			got = append(got, fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message))
		}
	}
	for _, e := range want.Errors {
		documented = append(documented, fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message))
	}
	if diff := cmp.Diff(documented, got); diff != "" {
		t.Errorf("errors (-documented +contract):\n%s", diff)
	}
}

// compareExample passes the example through the generated type and compares the
// bytes: order, names, types and spaces are those of the page.
func compareExample(t *testing.T, want *documented, operation *openapi3.Operation) {
	t.Helper()
	example := operation.Responses.Value("200").Value.Content["application/json"].Examples["documented"]
	value, err := json.Marshal(example.Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	body := newBody(t, want.Action)
	if err := json.Unmarshal(value, body); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var compact strings.Builder
	encoder := json.NewEncoder(&compact)
	if err := encoder.Encode(want.Example); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(compact.String()), string(got)); diff != "" {
		t.Errorf("example (-documented +contract):\n%s", diff)
	}
}

// newBody returns an empty response body of an operation.
func newBody(t *testing.T, action string) any {
	t.Helper()
	for _, body := range []any{
		&esaapi.ApplyCertificateResponseBody{}, &esaapi.DeleteCertificateResponseBody{}, &esaapi.GetCertificateResponseBody{},
		&esaapi.GetCertificateQuotaResponseBody{}, &esaapi.GetDcvDelegationResponseBody{}, &esaapi.GetSiteResponseBody{},
		&esaapi.ListCertificatesResponseBody{}, &esaapi.ListCertificatesByRecordResponseBody{}, &esaapi.ListSitesResponseBody{},
		&esaapi.SetCertificateResponseBody{},
	} {
		if reflect.TypeOf(body).Elem().Name() == action+"ResponseBody" {
			return body
		}
	}
	t.Fatalf("no body of %s", action)
	return nil
}

// Each source file and each generated document is valid OpenAPI.
func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	if len(esaops.All()) != 10 {
		t.Errorf("%d operations, want 10", len(esaops.All()))
	}
	for _, op := range esaops.All() {
		doc, _, _ := loadOperation(t, op.Action)
		if err := doc.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", op.Action, err)
		}
	}
	doc, err := openapi3.NewLoader().LoadFromData(esaspec.All())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}
