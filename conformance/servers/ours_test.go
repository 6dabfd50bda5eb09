package servers_test

import (
	"testing"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/servers"
	"github.com/esacert/esacert/conformance/suite"
)

// Every server case passes against our own server, and none is left out.
func TestEveryCaseAgainstOurServer(t *testing.T) {
	t.Parallel()
	all, err := cases.All()
	if err != nil {
		t.Fatal(err)
	}
	result := run(t, ours(t), all, servers.Options{})
	for i := range result.Results {
		if r := &result.Results[i]; r.Verdict != suite.Passed {
			report(t, r)
		}
	}
	t.Logf("%d cases in %s", len(result.Results), result.Duration)
}
