package cases_test

import (
	"os"
	"testing"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/server/servertest"
)

// If a step allows several responses, esacertd returns the first.
func TestServerReturnsFirstAlternative(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		data, err := os.ReadFile("../internal/serverrunner/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	targets, err := suite.ParseTargets("targets.yaml", read("targets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list := all(t)
	for i := range list {
		if list[i].Server == nil {
			continue
		}
		for j := range list[i].Server.Steps {
			if step := &list[i].Server.Steps[j]; step.Concurrent == 0 {
				step.Responses = step.Responses[:1]
			}
		}
	}
	srv := servertest.New(t, servertest.WithConfig(string(read("states.yaml"))))
	run, err := serverrunner.Run(t.Context(), serverrunner.Target{Name: "esacertd", URL: srv.URL(), Targets: targets}, list, serverrunner.Options{AllowWrites: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range run.Results {
		result := &run.Results[i]
		if result.Verdict == suite.Passed {
			continue
		}
		t.Errorf("%s: %s %s", result.Case, result.Verdict, result.Reason)
		for _, check := range result.Checks {
			if check.Verdict != suite.Passed {
				t.Errorf("  %s: want %s, got %s", check.Name, check.Want, check.Got)
			}
		}
	}
	if code := run.ExitCode(); code != suite.ExitPassed || len(run.Results) < 400 {
		t.Errorf("got exit code %d with %d cases", code, len(run.Results))
	}
}
