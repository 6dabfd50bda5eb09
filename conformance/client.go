package conformance

import (
	"context"
	"slices"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Client runs the client cases, each as a subtest of its id, against a client
// of ApplyCertificate:
//
//	func TestConformance(t *testing.T) {
//		conformance.Client(t, func(ctx context.Context, request adapters.Request) adapters.Result {
//			…make one call with the client, as the request says, and tell what it told…
//		})
//	}
//
// The context ends with the time-out of the request. For each case there is a
// scripted server of its own on the loopback, which judges what it is sent, too.
// A call that the client has no way to make gives an error of
// adapters.KindUnsupported, and its case is skipped. The test fails if nothing
// at all could be run.
func Client[T Tester[T]](t T, call func(context.Context, adapters.Request) adapters.Result, options ...ClientOption) {
	t.Helper()
	settings := clientSettings{name: "client"}
	for _, option := range options {
		option(&settings)
	}
	selected, known, session, err := settings.open(t.Context(), call)
	if err != nil {
		t.Fatalf("conformance: %v", err)
		return
	}
	defer session.Close() //nolint:errcheck // of a func there is nothing to end
	run := suite.Run{
		Started: time.Now(), Contract: settings.options.Contract.Version, Side: suite.ClientSide, Subjects: []string{settings.name},
	}
	for _, c := range selected {
		t.Run(c.ID, func(t T) {
			t.Helper()
			result := session.Run(t.Context(), c)
			run.Results = append(run.Results, result)
			tell(t, known, result)
		})
	}
	run.Duration = time.Since(run.Started)
	run = conclude(t, known, run, len(selected))
	if settings.results != nil {
		settings.results(run)
	}
}

// open reads what is to be run, and begins the session.
func (s *clientSettings) open(ctx context.Context, call adapters.CallFunc) ([]suite.Case, []suite.Known, *clientrunner.Session, error) {
	selected, known, err := s.read()
	if err != nil {
		return nil, nil, nil, err
	}
	if s.options.Contract, err = suite.ReadContract(); err != nil {
		return nil, nil, nil, err
	}
	session, err := clientrunner.Open(ctx, clientrunner.Func(s.name, call), s.options)
	return selected, known, session, err
}

// read gives the client cases that are to be run, and the known failures that
// are about them.
func (s *clientSettings) read() ([]suite.Case, []suite.Known, error) {
	all := slices.Clone(s.cases)
	if all == nil {
		var err error
		if all, err = cases.All(); err != nil {
			return nil, nil, err
		}
	}
	all = slices.DeleteFunc(all, func(c suite.Case) bool { return c.Client == nil })
	selected, err := suite.Select(all, s.run, s.skip)
	if err != nil {
		return nil, nil, err
	}
	return selected, suite.Relevant(s.known, all, selected), nil
}
