//go:build interop

package live_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// reportVariable names a file that the matrix is written to as well.
const reportVariable = "ESACERT_INTEROP_REPORT"

// TestInterop checks each adapter, then puts its client in every situation: on
// the daemon, and, where the store or the clock must be broken, on a server in
// this process. It prints the matrix at the end.
func TestInterop(t *testing.T) {
	daemon := build(t, "../../../../server/cmd/esacertd")
	all := clients(t)
	matrix := live.NewMatrix(names(all)...)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			running := c.start(t)
			t.Run("does what it is told", func(t *testing.T) { checkWire(t, running) })
			target := startDaemon(t, daemon)
			documentedExample(t, running, target, matrix) // first, for the first id
			live.Run(t.Context(), running, target, live.Cases(), matrix)
			live.Run(t.Context(), running, brokenStore(t), []live.Case{live.BrokenStore()}, matrix)
			live.Run(t.Context(), running, wrongClock(t), []live.Case{live.WrongClock()}, matrix)
			checkFailures(t, running, matrix)
			matrix.CheckKnown(running)
		})
	}
	report(t, matrix)
	for _, failure := range matrix.Failures() {
		t.Error(failure)
	}
}

func names(all []client) []string {
	var result []string
	for _, c := range all {
		result = append(result, c.name)
	}
	return result
}

// report prints the matrix, and writes it to the file that the environment
// names.
func report(t *testing.T, matrix *live.Matrix) {
	t.Helper()
	fmt.Fprintf(os.Stdout, "\n%s", matrix)
	path := os.Getenv(reportVariable)
	if path == "" {
		return
	}
	if err := os.WriteFile(path, []byte(matrix.String()), 0o644); err != nil {
		t.Errorf("write the report: %v", err)
	}
}

// brokenStore is a server that can store nothing.
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

// fullDisk is a store that takes no application.
type fullDisk struct{ store.Store }

func (fullDisk) Apply(context.Context, store.ApplyRequest) ([]store.Application, error) {
	return nil, errors.New("no space left on device")
}

// wrongClock is a server whose clock is 16 minutes ahead.
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
