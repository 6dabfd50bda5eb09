package conformance

import (
	"context"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Client runs the client cases, each as a subtest named by its ID, against a
// client of ApplyCertificate:
//
//	func TestConformance(t *testing.T) {
//		conformance.Client(t, func(ctx context.Context, request adapters.Request) adapters.Result {
//			…make the call that the request describes, and return its result…
//		})
//	}
//
// The context expires with the timeout of the request. Each case has its own
// scripted server on the loopback interface, which also checks the requests. For
// a call that the client cannot make, return an error of
// adapters.KindUnsupported; the case is then skipped. The test fails if no case
// could run.
func Client[T Tester[T]](t T, call adapters.Handler, options ...ClientOption) {
	t.Helper()
	settings := clientSettings{settings: settings{name: "client"}}
	for _, option := range options {
		option.applyClient(&settings)
	}
	selected, known, session, err := settings.open(t.Context(), call)
	if err != nil {
		t.Fatalf("conformance: %v", err)
		return
	}
	defer session.Close() //nolint:errcheck // closing a func subject does nothing
	run := suite.Run{
		Started: time.Now(), Contract: settings.options.Contract.Version, Side: suite.ClientSide, Subjects: []string{settings.name},
	}
	for _, c := range selected {
		t.Run(c.ID, func(t T) {
			t.Helper()
			result := session.Run(t.Context(), c)
			run.Results = append(run.Results, result)
			reportSubtest(t, known, result)
		})
	}
	run.Duration = time.Since(run.Started)
	run = checkRun(t, known, run, len(selected))
	if settings.results != nil {
		settings.results(run)
	}
}

// open reads the cases and starts the session.
func (s *clientSettings) open(ctx context.Context, call adapters.Handler) ([]suite.Case, []suite.Known, *clientrunner.Session, error) {
	selected, known, err := s.read(func(c suite.Case) bool { return c.Client != nil })
	if err != nil {
		return nil, nil, nil, err
	}
	if s.options.Contract, err = suite.ReadContract(); err != nil {
		return nil, nil, nil, err
	}
	session, err := clientrunner.Open(ctx, clientrunner.Func(s.name, call), s.options)
	return selected, known, session, err
}
