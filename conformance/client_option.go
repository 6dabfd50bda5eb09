package conformance

import (
	"time"

	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// ClientOption changes how Client runs.
type ClientOption func(*clientSettings)

type clientSettings struct {
	name      string
	options   clientrunner.Options
	cases     []suite.Case
	run, skip []string
	known     []suite.Known
	results   func(suite.Run)
}

// WithClientName says how results and known failures call the client. The default
// is client.
func WithClientName(name string) ClientOption {
	return func(s *clientSettings) { s.name = name }
}

// WithClientCases runs only the cases that one of the patterns selects, such as
// errors/* or clients/**. The default is all of them. A pattern that selects
// nothing fails the test.
func WithClientCases(patterns ...string) ClientOption {
	return func(s *clientSettings) { s.run = append(s.run, patterns...) }
}

// WithoutClientCases leaves out the cases that one of the patterns selects. A failure
// that is known is better named with WithKnownClientFailures: the case then still
// runs, and is noticed when it passes.
func WithoutClientCases(patterns ...string) ClientOption {
	return func(s *clientSettings) { s.skip = append(s.skip, patterns...) }
}

// WithOwnClientCases runs these cases in place of those of the suite.
func WithOwnClientCases(list []suite.Case) ClientOption {
	return func(s *clientSettings) { s.cases = list }
}

// WithKnownClientFailures names checks that fail. They run and must fail: one
// that passes fails the test, and so does one that is about nothing.
func WithKnownClientFailures(known ...suite.Known) ClientOption {
	return func(s *clientSettings) { s.known = append(s.known, known...) }
}

// WithCallTimeout says how long the client may wait for an answer where the case
// does not say, and how much longer than that its result may take before it
// counts as hanging. Zero leaves the default: 10 s and 15 s.
func WithCallTimeout(timeout, grace time.Duration) ClientOption {
	return func(s *clientSettings) { s.options.Timeout, s.options.Grace = timeout, grace }
}

// WithClientResults hands over what came of the run, known failures applied, for a
// report.
func WithClientResults(take func(suite.Run)) ClientOption {
	return func(s *clientSettings) { s.results = take }
}
