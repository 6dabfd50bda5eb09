package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Server puts a server of ApplyCertificate to every case of the suite, each a
// subtest by its id. The server is an http.Handler, or the URL of an endpoint:
//
//	func TestConformance(t *testing.T) {
//		conformance.Server(t, newHandler(), conformance.WithTargetsFile("testdata/targets.yaml"))
//	}
//
// A handler is served on the loopback for the time of the test. Cases that make
// applications run against a handler, and against a URL only with
// AllowWrites. A case that needs what the targets do not have is skipped,
// and says what it would need; a case of level may that fails is logged. The
// test fails if no case at all could run.
func Server[T Tester[T]](t T, handlerOrURL any, options ...ServerOption) {
	t.Helper()
	settings := serverSettings{}
	for _, option := range options {
		option(&settings)
	}
	selected, known, session, err := settings.open(t.Context(), handlerOrURL)
	if err != nil {
		t.Fatalf("conformance: %v", err)
		return
	}
	defer session.Close()
	run := session.Blank()
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

// open reads what there is to run, and reaches the server.
func (s *serverSettings) open(ctx context.Context, handlerOrURL any) ([]suite.Case, []suite.Known, *serverrunner.Session, error) {
	if s.err != nil {
		return nil, nil, nil, s.err
	}
	selected, known, err := s.read()
	if err != nil {
		return nil, nil, nil, err
	}
	switch server := handlerOrURL.(type) {
	case http.Handler:
		s.target.Handler, s.options.AllowWrites = server, true
	case string:
		s.target.URL = server
	default:
		return nil, nil, nil, fmt.Errorf("a server is an http.Handler or a URL, and no %T", handlerOrURL)
	}
	session, err := serverrunner.Open(ctx, s.target, s.options)
	return selected, known, session, err
}

// read gives the cases that were selected, and the known failures among them.
func (s *serverSettings) read() ([]suite.Case, []suite.Known, error) {
	all := s.cases
	if all == nil {
		var err error
		if all, err = cases.All(); err != nil {
			return nil, nil, err
		}
	}
	all = slices.DeleteFunc(slices.Clone(all), func(c suite.Case) bool { return c.Server == nil })
	selected, err := suite.Select(all, s.run, s.skip)
	if err != nil {
		return nil, nil, err
	}
	return selected, suite.Relevant(s.known, all, selected), nil
}
