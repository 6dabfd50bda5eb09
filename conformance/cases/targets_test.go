package cases_test

import (
	"io/fs"
	"testing"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/servertest"
)

// The example targets file matches the server's built-in example configuration: every
// case runs and passes, including the scenarios of all rows.
func TestTargetsExample(t *testing.T) {
	t.Parallel()
	data, err := fs.ReadFile(cases.FS(), "targets-example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	targets, err := suite.ParseTargets("targets-example.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	example, err := config.Parse(config.Example(), "example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if targets.ScenarioBase != example.Scenarios.Base {
		t.Errorf("got scenario base %d, want %d as in the server's example", targets.ScenarioBase, example.Scenarios.Base)
	}
	srv := servertest.New(t)
	run, err := serverrunner.Run(t.Context(), serverrunner.Target{
		Name: "example", URL: srv.URL(), Targets: targets, Journal: serverrunner.HTTPJournal(srv.AdminURL()+"/journal", nil),
	}, all(t), serverrunner.Options{AllowWrites: true, Parallel: 4})
	if err != nil {
		t.Fatal(err)
	}
	passed := map[string]bool{}
	for i := range run.Results {
		switch result := &run.Results[i]; result.Verdict {
		case suite.Passed:
			passed[result.Case] = true
		default:
			t.Errorf("%s: %s %s %+v", result.Case, result.Verdict, result.Reason, result.Checks)
		}
	}
	for _, row := range esaops.ApplyCertificate.Errors {
		if !passed["scenarios/"+row.Key] {
			t.Errorf("row %s has no scenario site in the server's example", row.Key)
		}
	}
	t.Logf("%d of %d cases ran", len(passed), len(run.Results))
}
