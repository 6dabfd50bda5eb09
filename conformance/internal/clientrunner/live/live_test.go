//go:build interop

package live_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
	"github.com/esacert/esacert/conformance/internal/report"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// reportVariable names a file to which the report is written too.
const reportVariable = "ESACERT_INTEROP_REPORT"

// TestClients runs each client in every case: against the daemon, against servers in
// this process with a broken store or clock, and against a scripted server.
func TestClients(t *testing.T) {
	contract, err := suite.ReadContract()
	if err != nil {
		t.Fatal(err)
	}
	example, err := live.Example(contract)
	if err != nil {
		t.Fatal(err)
	}
	daemon := build(t, "../../../../server/cmd/esacertd")
	run := &suite.Run{Started: time.Now(), Contract: contract.Version, Side: suite.ClientSide}
	for _, adapter := range adapters(t) {
		t.Run(adapter.Name, func(t *testing.T) {
			run.Subjects = append(run.Subjects, adapter.Name)
			client := open(t, adapter)
			add := func(results ...suite.Result) { run.Results = append(run.Results, results...) }
			for _, c := range adapter.CasesFor(slices.Concat(requestCases(), edgeCases())) {
				add(client.Session.Run(t.Context(), c))
			}
			add(callsWithoutServer(t, client, adapter)...)
			target := startDaemon(t, daemon, nil).Target
			add(live.Run(t.Context(), client, target, append([]live.Case{example}, live.Cases()...))...) // the example expects the first ID
			add(live.Run(t.Context(), client, brokenStore(t), []live.Case{live.BrokenStore()})...)
			add(live.Run(t.Context(), client, wrongClock(t), []live.Case{live.WrongClock()})...)
		})
	}
	run.Duration = time.Since(run.Started)
	run.Results = slices.Concat(suite.ByCase(run.Results)...)
	for _, problem := range suite.ApplyKnown(readKnown(t), run) {
		run.Unmatched = append(run.Unmatched, problem.String())
	}
	writeReport(t, run)
	if code := run.ExitCode(); code != suite.ExitPassed {
		t.Errorf("exit code %d: %s", code, report.Explain(code))
	}
}

// writeReport prints the report, and writes it to the file of reportVariable.
func writeReport(t *testing.T, run *suite.Run) {
	t.Helper()
	var b bytes.Buffer
	if err := (report.Text{TextOptions: report.TextOptions{Matrix: true}}).Write(&b, run); err != nil {
		t.Error(err)
	}
	t.Logf("\n%s", &b)
	if path := os.Getenv(reportVariable); path != "" {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Errorf("write report: %v", err)
		}
	}
}

// brokenStore starts a server whose store cannot create applications.
func brokenStore(t *testing.T) live.Target {
	t.Helper()
	memory, err := sqlite.Open(t.Context(), sqlite.Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := memory.Close(); err != nil {
			t.Error(err)
		}
	})
	return inProcess(servertest.New(t, servertest.WithStore(fullDisk{memory})))
}

// fullDisk is a store whose Apply fails.
type fullDisk struct{ store.Store }

func (fullDisk) Apply(context.Context, store.ApplyRequest) ([]store.Application, error) {
	return nil, errors.New("no space left on device")
}

// wrongClock starts a server whose clock is 16 minutes ahead.
func wrongClock(t *testing.T) live.Target {
	t.Helper()
	server := servertest.New(t)
	server.Clock.Advance(16 * time.Minute)
	return inProcess(server)
}

func inProcess(server *servertest.Server) live.Target {
	return live.Target{
		Endpoint: server.URL(),
		Journal: func(_ context.Context, requestID string) ([]live.Entry, error) {
			var found []live.Entry
			for _, entry := range server.Journal() {
				if entry.RequestID == requestID {
					found = append(found, live.Entry{
						Method: entry.Method, Scheme: entry.Scheme, SiteID: entry.SiteID,
						Status: entry.Status, Rule: entry.Rule, Scenario: entry.Scenario,
					})
				}
			}
			return found, nil
		},
	}
}
