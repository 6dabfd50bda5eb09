package clientrunner

import (
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Options configure a session. The zero value is ready to use.
type Options struct {
	// Parallel is the number of cases that run concurrently. Default: 4 for programs,
	// 16 for funcs.
	Parallel int
	// Timeout is the timeout of a call for which the case sets none. Default: 10 s.
	Timeout time.Duration
	// Grace is the time after the timeout of a call until the client counts as
	// hanging. Default: 15 s.
	Grace time.Duration
	// Startup is the additional time for the first result of a program, which first
	// loads its libraries. Default: 15 s.
	Startup time.Duration
	// Contract contains the examples. Default: the contract of this module.
	Contract *suite.Contract
	// Clock returns the time for checking the dates of requests. Default: time.Now.
	Clock func() time.Time
	// Done is called with each result, never concurrently. If nil, it is not called.
	Done func(suite.Result)
}

func (o Options) withDefaults(s Subject) Options {
	if o.Parallel <= 0 {
		o.Parallel = s.parallel
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Grace <= 0 {
		o.Grace = 15 * time.Second
	}
	if o.Startup <= 0 {
		o.Startup = 15 * time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Done == nil {
		o.Done = func(suite.Result) {}
	}
	return o
}
