package suite_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

func contract(t *testing.T) *suite.Contract {
	t.Helper()
	c, err := suite.ReadContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestReadContract(t *testing.T) {
	t.Parallel()
	c := contract(t)
	if c.Version != "2024-09-10" || c.Document == nil {
		t.Errorf("got version %q", c.Version)
	}
	want := []suite.Parameter{{Name: "SiteId", Value: "1234567890123"}, {Name: "Domains", Value: "www.example.com,blog.example.com"}, {Name: "Type", Value: "lets_encrypt"}}
	if diff := cmp.Diff(want, c.Parameters); diff != "" {
		t.Error(diff)
	}
	fields, err := c.ExampleFields("documented")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		"SiteName": "example.com ", "TotalCount": "2", "Result.0.Domain": "*.example.com ", "Result.0.Status": "Applying",
		"Result.0.Id": "30000478", "RequestId": "156A6B-677B1A-4297B7-9187B7-2B44792",
	}, fields); diff != "" {
		t.Error(diff)
	}
	body, err := c.Example("documented")
	var decoded struct{ TotalCount int }
	if err != nil || json.Unmarshal(body, &decoded) != nil || decoded.TotalCount != 2 {
		t.Errorf("got example %s, %v", body, err)
	}
	if _, err := c.Example("other"); err == nil {
		t.Error("an unknown example is returned")
	}
	if _, err := c.ExampleFields("other"); err == nil {
		t.Error("fields of an unknown example are returned")
	}
	for i, row := range esaops.ApplyCertificate.Errors {
		want := suite.Row{Number: i + 1, Key: row.Key, Status: row.Status, Code: row.Code, Message: row.Message}
		if c.Rows[i] != want {
			t.Errorf("row %d: got %+v, want %+v", i+1, c.Rows[i], want)
		}
	}
}

func addContractCases(t *testing.T, input string) ([]suite.Case, error) {
	t.Helper()
	list, err := load(input)
	if err != nil {
		t.Fatal(err)
	}
	return suite.AddContractCases(list, contract(t))
}

func TestAddContractCases(t *testing.T) {
	t.Parallel()
	list, err := addContractCases(t, strings.Replace(goodCase, "group/name", "errors/SiteNotFound", 1)+`
- id: clients/a
  why: because it is so
  evidence: gateway
  level: must
  client:
    call: {parameters: []}
    script: [{example: documented}]
    outcomes: [{example: documented, fields: {TotalCount: "3"}}]
`)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]suite.Case{}
	for _, c := range list {
		byID[c.ID] = c
	}
	want := 1 + 2 + 14 + 15
	for _, op := range esaops.All() {
		of := derivedIDs(op)
		want += len(of)
		for _, id := range of {
			if c := byID[id]; c.Client == nil || c.Server != nil {
				t.Errorf("case %s: got %+v", id, c)
			}
		}
	}
	if len(list) != want || len(byID) != want {
		t.Errorf("got %d cases with %d IDs, want %d", len(list), len(byID), want)
	}
	if list[0].ID != "example/documented" {
		t.Errorf("the first case is %s", list[0].ID)
	}
	both := byID["errors/SiteNotFound"]
	if both.Server == nil || both.Client == nil || both.Client.Script[0].Row != "SiteNotFound" || both.Client.Outcomes[0].Row != "SiteNotFound" {
		t.Errorf("case of a row: got %+v", both)
	}
	if c := byID["errors/QuotaExceeded"]; c.Server != nil || c.Client == nil || c.Violates != "QuotaExceeded" || c.Evidence != suite.Documented {
		t.Errorf("row without a server case: got %+v", c)
	}
	if c := byID["scenarios/QuotaExceeded"]; c.Server == nil || strings.Join(c.Server.Needs, " ") != "keys.account scenarios" {
		t.Errorf("scenario: got %+v", c.Server)
	}
	outcome := byID["clients/a"].Client.Outcomes[0]
	if !outcome.OK || outcome.Example != "" || outcome.Fields["TotalCount"] != "3" || outcome.Fields["SiteName"] != "example.com " {
		t.Errorf("got outcome %+v", outcome)
	}
	example := list[0]
	if got := example.Server.Steps[0].Responses[0].Accepted.Domains; strings.Join(got, ",") != "www.${unique}.${site.active.name},blog.${unique}.${site.active.name}" {
		t.Errorf("the example requests %q", got)
	}
	if got := example.Client.Outcomes[0].Fields["Result.0.Domain"]; got != "*.example.com " {
		t.Errorf("the example expects %q", got)
	}
	if missing := contract(t).Uncovered(list); len(missing) != 14+9 || missing[0] != "ApplyCertificate row 2 SiteNotActivated: no server case" ||
		missing[14] != "DeleteCertificate: no server case" {
		t.Errorf("got uncovered %q", missing)
	}
}

// derivedIDs returns the IDs of the client cases that follow from the facts of an
// operation; for ApplyCertificate, those of gateway errors.
func derivedIDs(op *esaops.Operation) []string {
	var ids []string
	add := func(elements ...string) { ids = append(ids, strings.Join(elements, "/")) }
	own := map[*esaerrors.Error]bool{}
	for _, p := range op.Parameters {
		own[p.Missing], own[p.Invalid] = true, true
	}
	if op == esaops.ApplyCertificate {
		others := map[*esaerrors.Error]bool{}
		for _, other := range esaops.All() {
			for _, p := range other.Parameters {
				others[p.Missing], others[p.Invalid] = true, true
			}
		}
		for _, row := range esaerrors.Gateway() {
			if own[row] || !others[row] {
				add("gateway", row.Key)
			}
		}
		return ids
	}
	for _, method := range op.Methods {
		add(op.Action, "request", method+"-acs3")
		add(op.Action, "request", method+"-hmac-sha1")
	}
	for _, row := range op.Errors {
		add(op.Action, "errors", row.Key)
		delete(own, row)
	}
	delete(own, nil)
	for row := range own {
		add(op.Action, "parameters", row.Key)
	}
	if op != esaops.GetDcvDelegation { // its page is unknown
		add(op.Action, "documented")
	}
	return ids
}

// The errors of parameters of one operation are not derived for another.
func TestDerivedGatewayErrors(t *testing.T) {
	t.Parallel()
	list, err := addContractCases(t, goodCase)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for i := range list {
		ids[list[i].ID] = true
	}
	for id, want := range map[string]bool{
		"gateway/InvalidSiteId": true, "gateway/InvalidAlgType": true, "gateway/Throttling": true, "gateway/UnsupportedHTTPMethod": true,
		"gateway/InvalidName": false, "gateway/InvalidPageNumber": false, "gateway/MissingType": false,
		"GetSite/parameters/InvalidSiteId": true, "SetCertificate/parameters/InvalidName": true, "SetCertificate/parameters/MissingSiteId": true,
		"GetSite/parameters/InvalidName": false, "ListSites/parameters/InvalidPageNumber": true,
		"DeleteCertificate/errors/Certificate.NotFound": true, "ListSites/errors/Certificate.NotFound": false,
	} {
		if ids[id] != want {
			t.Errorf("case %s: got %t, want %t", id, ids[id], want)
		}
	}
}

// Every operation has the documented example, except one whose page is unknown.
func TestContractOperations(t *testing.T) {
	t.Parallel()
	c := contract(t)
	for _, facts := range esaops.All() {
		op, err := c.Lookup(facts.Action)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := op.ExampleFields("documented"); (err == nil) == (facts == esaops.GetDcvDelegation) {
			t.Errorf("%s: example: %v", facts.Action, err)
		}
		for _, p := range facts.Parameters {
			if p.Required && !slices.ContainsFunc(op.Parameters, func(q suite.Parameter) bool { return q.Name == p.Name && q.Value != "" }) {
				t.Errorf("%s: no example of the required parameter %s", facts.Action, p.Name)
			}
		}
		for _, row := range op.Rows {
			if e := facts.Errors[row.Number-1]; e.Key != row.Key || e.Status != row.Status || e.Code != row.Code || e.Message != row.Message {
				t.Errorf("%s: row %+v, Go value %+v", facts.Action, row, e)
			}
		}
	}
	if op, err := c.Lookup(""); err != nil || op.Facts != esaops.ApplyCertificate {
		t.Errorf("got %v, %v", op, err)
	}
	if _, err := c.Lookup("CreateSite"); err == nil || err.Error() != `the contract has no operation "CreateSite"` {
		t.Errorf("got %v", err)
	}
	set, _ := c.Lookup("SetCertificate")
	if got := set.Parameters[3]; got != (suite.Parameter{Name: "Type", Value: "cas"}) {
		t.Errorf("got example %v", got)
	}
}

func TestLoadWithContract(t *testing.T) {
	t.Parallel()
	list, err := suite.LoadWithContract(fstest.MapFS{"a.yaml": {Data: []byte(goodCase)}})
	if err != nil || list[0].ID != "example/documented" || list[1].ID != "group/name" {
		t.Errorf("got %d cases, %v", len(list), err)
	}
	_, err = suite.LoadWithContract(fstest.MapFS{})
	var problems suite.Problems
	if !errors.As(err, &problems) || !strings.HasPrefix(err.Error(), "load cases: no cases found") {
		t.Errorf("got %v", err)
	}
}

func TestAddContractCasesRejects(t *testing.T) {
	t.Parallel()
	_, err := addContractCases(t, strings.Replace(goodCase, "group/name", "scenarios/SiteNotFound", 1))
	if err == nil || !strings.Contains(err.Error(), "case scenarios/SiteNotFound: the ID is reserved for a case of the contract") {
		t.Errorf("got %v", err)
	}
	for _, where := range []string{"script: [{example: other}], outcomes: [{ok: true}]", "script: [{status: 200}], outcomes: [{example: other}]"} {
		_, err := addContractCases(t, "- {id: a/b, why: because it is, evidence: gateway, level: must, client: {call: {parameters: []}, "+where+"}}")
		if err == nil || !strings.Contains(err.Error(), `case a/b: no example "other"`) {
			t.Errorf("%s: got %v", where, err)
		}
	}
}

// A case that is marshaled and loaded again is equal.
func TestCasesReadBack(t *testing.T) {
	t.Parallel()
	list, err := addContractCases(t, goodCase)
	if err != nil {
		t.Fatal(err)
	}
	written, err := yaml.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	again, err := load(string(written))
	if err != nil {
		t.Fatalf("%v of\n%s", err, written)
	}
	if diff := cmp.Diff(list, again); diff != "" {
		t.Error(diff)
	}
}
