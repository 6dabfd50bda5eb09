package spec_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/gen/esaspec"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, _, _ := loadOperation(t, "ApplyCertificate")
	return doc
}

func document() []byte {
	data, _ := esaspec.Operation("ApplyCertificate")
	return data
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestContractIsValidOpenAPI(t *testing.T) {
	t.Parallel()
	if err := load(t).Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

// The validation above is what the generator relies on, so it must be able to
// fail.
func TestContractValidationSeesAWrongExample(t *testing.T) {
	t.Parallel()
	broken := bytes.Replace(document(), []byte("Code: SiteNotFound\n"), []byte("Code: 1\n"), 1)
	doc, err := openapi3.NewLoader().LoadFromData(broken)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err == nil {
		t.Error("an example whose Code is a number was accepted")
	}
}

// documentedTable reads the page's table, whose columns testdata keeps apart.
func documentedTable(t *testing.T) []*esaerrors.Error {
	t.Helper()
	reader := csv.NewReader(bytes.NewReader(readFile(t, "errors.tsv")))
	reader.Comma, reader.LazyQuotes = '\t', true
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []*esaerrors.Error
	for _, r := range records[1:] {
		if number, err := strconv.Atoi(r[0]); err != nil || number != len(rows)+1 {
			t.Fatalf("row %s, %v", r[0], err)
		}
		status, err := strconv.Atoi(r[2])
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, &esaerrors.Error{Key: r[1], Status: status, Code: r[3], Message: r[4],
			Description: r[5], Evidence: "documented"})
	}
	return rows
}

func TestRowsEqualTheDocumentedPage(t *testing.T) {
	t.Parallel()
	want := documentedTable(t)
	if len(want) != 15 {
		t.Fatalf("testdata has %d rows, the page has 15", len(want))
	}
	// The remedy is ours; the page has none.
	if diff := cmp.Diff(want, esaops.ApplyCertificate.Errors, cmpopts.IgnoreFields(esaerrors.Error{}, "Remedy")); diff != "" {
		t.Errorf("gen/esaerrors differs from the page (-page +generated):\n%s", diff)
	}
}

func TestErrorsAreFound(t *testing.T) {
	t.Parallel()
	all := append(esaerrors.Documented(), esaerrors.Gateway()...)
	for _, want := range all {
		t.Run(want.Key, func(t *testing.T) {
			t.Parallel()
			if got, ok := esaerrors.ByKey(want.Key); !ok || got != want {
				t.Errorf("ByKey(%q) = %v, %v", want.Key, got, ok)
			}
			if got, ok := esaerrors.Find(want.Status, want.Code, want.Message); !ok || got != want {
				t.Errorf("Find(%d, %q, %q) = %v, %v", want.Status, want.Code, want.Message, got, ok)
			}
			if !strings.HasPrefix(want.Error(), want.Code+": ") {
				t.Errorf("Error() = %q does not begin with the code", want.Error())
			}
		})
	}
	if _, ok := esaerrors.ByKey("Nonesuch"); ok {
		t.Error("ByKey found an error that is not there")
	}
	if _, ok := esaerrors.Find(400, "SiteNotFound", "other words"); ok {
		t.Error("Find ignored the message")
	}
}

// The documented example must come out of the generated type as the page
// prints it, order, indent and trailing blanks included.
func TestDocumentedExampleByteForByte(t *testing.T) {
	t.Parallel()
	response := load(t).Paths.Value("/").Post.Responses.Value("200").Value
	value, err := json.Marshal(response.Content["application/json"].Examples["documented"].Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	var body esaapi.ApplyCertificateResponseBody
	if err := json.Unmarshal(value, &body); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(readFile(t, "documented_response.json")), string(got)); diff != "" {
		t.Errorf("the example differs from the page (-page +contract):\n%s", diff)
	}
}

func TestDocumentedParameters(t *testing.T) {
	t.Parallel()
	type parameter struct {
		Name, Type, Format, Description string
		Required                        bool
		Example                         any
	}
	want := []parameter{
		{"SiteId", "integer", "int64", "Site ID.", true, float64(1234567890123)},
		{"Domains", "string", "", "List of domains, separated by commas.", true, "www.example.com,blog.example.com"},
		{"Type", "string", "", "The certificate type. Valid values: lets_encrypt, digicert_single, and digicert_wildcard.", false, "lets_encrypt"},
	}
	var got []parameter
	var others []string
	for _, p := range load(t).Paths.Value("/").Parameters {
		if p.Value.In == "header" {
			continue
		}
		schema := p.Value.Schema.Value
		if evidence, there := p.Value.Extensions["x-evidence"]; there {
			others = append(others, fmt.Sprintf("%s: %v", p.Value.Name, evidence))
			continue
		}
		got = append(got, parameter{p.Value.Name, schema.Type.Slice()[0], schema.Format, p.Value.Description, p.Value.Required, p.Value.Example})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters differ from the page (-page +contract):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"AlgType: observed"}, others); diff != "" {
		t.Errorf("parameters that the page does not have (-want +contract):\n%s", diff)
	}
}

// Every decision must say what it rests on.
func TestDecisionsHaveEvidence(t *testing.T) {
	t.Parallel()
	holders := []map[string]any{}
	for _, op := range esaops.All() {
		doc, path, _ := loadOperation(t, op.Action)
		holders = append(holders, doc.Extensions, path.Extensions)
		for _, p := range path.Parameters {
			holders = append(holders, p.Value.Extensions)
		}
		for _, schema := range doc.Components.Schemas {
			holders = append(holders, schema.Value.Extensions)
		}
	}
	count := 0
	for _, extensions := range holders {
		list, ok := extensions["x-decisions"].([]any)
		if !ok {
			continue
		}
		for _, item := range list {
			decision := item.(map[string]any)
			switch decision["evidence"] {
			case "documented", "gateway", "observed", "vendor-docs", "inferred":
			default:
				t.Errorf("evidence of %q is %v", decision["question"], decision["evidence"])
			}
			if decision["question"] == "" || decision["decision"] == "" {
				t.Errorf("a decision without a question or a decision text: %v", decision)
			}
			count++
		}
	}
	if count < 60 {
		t.Errorf("%d decisions found, the contract has more", count)
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, got, want string
	}{
		{"endpoint of a documented region", esaapi.EndpointHost("cn-hangzhou"), "esa.cn-hangzhou.aliyuncs.com"},
		{"endpoint of the other documented region", esaapi.EndpointHost("ap-southeast-1"), "esa.ap-southeast-1.aliyuncs.com"},
		{"endpoint by the pattern", esaapi.EndpointHost("eu-central-1"), "esa.eu-central-1.aliyuncs.com"},
		{"resource", esaops.ApplyCertificate.Resource("cn-hangzhou", "1", "2"), "acs:esa:cn-hangzhou:1:site/2"},
		{"action", esaops.ApplyCertificate.Action + " " + esaapi.Version + " " + esaops.ApplyCertificate.RAMAction, "ApplyCertificate 2024-09-10 esa:ApplyCertificate"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, tc.got, tc.want)
		}
	}
	for _, typ := range esaapi.CertificateTypes() {
		if _, ok := typ.Limits(); !ok || !typ.Valid() {
			t.Errorf("%s has no limits, or is not valid", typ)
		}
	}
	for given, want := range map[esaapi.AlgorithmType]esaapi.AlgorithmType{
		"RSA": esaapi.AlgorithmRSA, "rsa": esaapi.AlgorithmRSA, "Ecc": esaapi.AlgorithmECC, "": "", "ECDSA": "", "RSA ": "", "RſA": "",
	} {
		if got, ok := esaapi.KnownAlgorithmType(given); got != want || ok != (want != "") {
			t.Errorf("%q is known as %q, %v; want %q", given, got, ok, want)
		}
	}
	if _, ok := esaapi.CertificateType("bogus").Limits(); ok {
		t.Error("a value that is not a type has limits")
	}
}

// Every server of the contract with a name of its own is an endpoint's host; the
// regions are called by the documented ones.
func TestEndpointHosts(t *testing.T) {
	t.Parallel()
	want := []string{
		"esa.cn-hangzhou.aliyuncs.com", "esa.ap-southeast-1.aliyuncs.com",
		"esa-vpc.cn-hangzhou.aliyuncs.com", "esa-vpc.ap-southeast-1.aliyuncs.com", "esa.aliyuncs.com",
	}
	if diff := cmp.Diff(want, esaapi.EndpointHosts()); diff != "" {
		t.Errorf("(-want +generated):\n%s", diff)
	}
	for i, region := range esaapi.DocumentedRegions() {
		if got := esaapi.EndpointHost(region); got != want[i] {
			t.Errorf("EndpointHost(%q) = %q, want %q", region, got, want[i])
		}
	}
}
