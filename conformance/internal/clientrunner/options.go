package clientrunner

import (
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Options change how cases are run. The zero value is ready for use.
type Options struct {
	// Parallel is how many cases run at once: 4 for programs and 16 for funcs if
	// it is 0.
	Parallel int
	// Timeout is how long a client may wait for an answer where the case does
	// not say; 10 s if it is 0.
	Timeout time.Duration
	// Grace is how much longer than that a result may take before the client
	// counts as hanging; 15 s if it is 0.
	Grace time.Duration
	// Startup is how much longer the first result of a program may take, which
	// loads its libraries before; 15 s if it is 0.
	Startup time.Duration
	// Contract is where the examples are read from; the project's own if nil.
	Contract *suite.Contract
	// Clock tells the time that dates of requests are held against; time.Now if
	// nil.
	Clock func() time.Time
	// Done is told each result as soon as there is one, one at a time.
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
