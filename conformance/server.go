package conformance

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Server runs the server cases against a server of ApplyCertificate, each as a
// subtest named by its ID. The server is an http.Handler or the URL of an
// endpoint:
//
//	func TestConformance(t *testing.T) {
//		conformance.Server(t, newHandler(), conformance.WithTargetsFile("testdata/targets.yaml"))
//	}
//
// A handler is served on the loopback interface during the test. Cases that
// create applications run against a handler, but against a URL only with
// WithWrites. A case is skipped if the targets lack what it needs; the message
// names it. A failing case of level may is logged. The test fails if no case
// could run.
func Server[T Tester[T]](t T, handlerOrURL any, options ...ServerOption) {
	t.Helper()
	settings := serverSettings{}
	for _, option := range options {
		option.applyServer(&settings)
	}
	selected, known, session, err := settings.open(t.Context(), handlerOrURL)
	if err != nil {
		t.Fatalf("conformance: %v", err)
		return
	}
	defer session.Close()
	run := session.NewRun()
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

// open reads the cases and connects to the server.
func (s *serverSettings) open(ctx context.Context, handlerOrURL any) ([]suite.Case, []suite.Known, *serverrunner.Session, error) {
	selected, known, err := s.read(func(c suite.Case) bool { return c.Server != nil })
	if err != nil {
		return nil, nil, nil, err
	}
	s.target.Name = s.name
	switch server := handlerOrURL.(type) {
	case http.Handler:
		s.target.Handler, s.options.AllowWrites = server, true
	case string:
		s.target.URL = server
	default:
		return nil, nil, nil, fmt.Errorf("got a server of type %T, want an http.Handler or a URL", handlerOrURL)
	}
	session, err := serverrunner.Open(ctx, s.target, s.options)
	return selected, known, session, err
}
