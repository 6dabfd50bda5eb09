package serverrunner_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// expiredContext is a context whose deadline has passed, but whose Err is still nil
// because its timer has not fired.
type expiredContext struct{ context.Context }

func (expiredContext) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

// If the dial is the first to notice the caller's deadline, the run still reports it
// as the caller's, not as a failure of the server.
func TestDeadlineDuringDial(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	result, err := serverrunner.Run(expiredContext{t.Context()}, serverrunner.Target{Handler: srv.Handler(), Targets: targets(t)}, only(t, "feature/acs3"), serverrunner.Options{AllowWrites: true})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if len(result.Results) != 1 || result.Results[0].Verdict != suite.NotRun {
		t.Errorf("got %+v", result.Results)
	}
}
