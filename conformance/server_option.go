package conformance

import (
	"crypto/tls"
	"fmt"
	"os"
	"time"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// ServerOption changes what Server does.
type ServerOption func(*serverSettings)

type serverSettings struct {
	target    serverrunner.Target
	options   serverrunner.Options
	run, skip []string
	known     []suite.Known
	cases     []suite.Case
	results   func(suite.Run)
	err       error
}

// WithServerName says how the server is called in results and in known failures;
// the host of its URL, or "handler", if it is not given.
func WithServerName(name string) ServerOption {
	return func(s *serverSettings) { s.target.Name = name }
}

// WithTargets gives the sites and keys that there are to test with. Where it
// names a journal, that is asked which rule decided each request.
func WithTargets(targets *suite.Targets) ServerOption {
	return func(s *serverSettings) { s.target.Targets = targets }
}

// WithTargetsFile reads the sites and keys from a file; suite.Template
// explains what stands in it.
func WithTargetsFile(path string) ServerOption {
	return func(s *serverSettings) {
		data, err := os.ReadFile(path)
		if err != nil {
			s.fail(fmt.Errorf("read the targets: %w", err))
			return
		}
		targets, err := suite.ParseTargets(path, data)
		if err != nil {
			s.fail(err)
			return
		}
		s.target.Targets = targets
	}
}

// WithServerCases runs only the cases whose ids match one of the patterns, such as
// "errors/**". A pattern that matches nothing fails the test.
func WithServerCases(patterns ...string) ServerOption {
	return func(s *serverSettings) { s.run = append(s.run, patterns...) }
}

// WithoutServerCases leaves out the cases whose ids match one of the patterns. A
// failure that is known is better named with WithKnownServerFailures: the case
// then still runs, and is noticed when it passes.
func WithoutServerCases(patterns ...string) ServerOption {
	return func(s *serverSettings) { s.skip = append(s.skip, patterns...) }
}

// WithKnownServerFailures names checks that fail. They run and must fail: one
// that passes fails the test, and so does one that is about nothing.
func WithKnownServerFailures(known ...suite.Known) ServerOption {
	return func(s *serverSettings) { s.known = append(s.known, known...) }
}

// WithOwnServerCases runs these cases in place of those of the suite.
func WithOwnServerCases(list []suite.Case) ServerOption {
	return func(s *serverSettings) { s.cases = list }
}

// WithJournal asks a journal which rule decided each request, so that a
// refusal for the wrong reason is found out too.
func WithJournal(journal serverrunner.Journal) ServerOption {
	return func(s *serverSettings) { s.target.Journal = journal }
}

// WithTLS configures https, for an endpoint whose certificate is of its own
// making.
func WithTLS(config *tls.Config) ServerOption {
	return func(s *serverSettings) { s.target.TLS = config }
}

// WithCaseTimeout is the time for one case with all its steps. Zero leaves the
// default: 15 s.
func WithCaseTimeout(timeout time.Duration) ServerOption {
	return func(s *serverSettings) { s.options.Timeout = timeout }
}

// AllowWrites runs the cases that make applications against a URL too.
func AllowWrites() ServerOption {
	return func(s *serverSettings) { s.options.AllowWrites = true }
}

// WithServerResults hands over what came of the run, for a report, after the
// subtests.
func WithServerResults(take func(suite.Run)) ServerOption {
	return func(s *serverSettings) { s.results = take }
}

// fail keeps the first error of an option.
func (s *serverSettings) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}
