package conformance

import "github.com/esacert/esacert/conformance/internal/suite"

// WithResults passes the run to receive after the subtests.
func WithResults(receive func(suite.Run)) Option {
	return option(func(s *settings) { s.results = receive })
}

// WithCaseList runs the given cases, which need not be valid.
func WithCaseList(list []suite.Case) Option {
	return option(func(s *settings) { s.cases = list })
}
