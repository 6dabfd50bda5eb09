// Package scenario holds what a server was told to answer next, whatever the
// request deserves: a row of the error table, a throttling, or a fault of the
// way between, such as a reset connection. Payment providers have test card
// numbers for this; a program under test stays as it is.
//
//	var q scenario.Queue
//	q.Push(scenario.Answer{Error: esaerrors.QuotaExceeded, Times: 3})
//
// Nothing is random: a scenario applies to the next calls, as often as said.
package scenario

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
)

// Fault is something that happens to an answer on its way.
type Fault string

// The faults that a server can cause.
const (
	ConnectionReset Fault = "connection-reset" // no answer: the connection is reset
	CutBody         Fault = "cut-body"         // a true answer, half of its body
	HTML503         Fault = "html-503"         // status 503 with a page of HTML, as a proxy gives it
)

// Scenario is one scenario: what the next calls are answered. Exactly one of
// Error and Fault is set.
type Scenario struct {
	// Response answers a well-signed call with this error of the contract; a call
	// whose authentication fails is still told so.
	Response *esaerrors.Error
	// Fault happens to any call, before it is looked at; CutBody to the answer
	// that the call deserves.
	Fault Fault
	// RetryAfter goes along with Error in the header x-acs-retry-after, in
	// milliseconds; 0 leaves it out.
	RetryAfter time.Duration
	// Times is how many calls it answers; 0 means one.
	Times int
}

// Name is how the journal calls the scenario.
func (a Scenario) Name() string {
	if a.Response != nil {
		return a.Response.Key
	}
	return string(a.Fault)
}

// Validate tells what is wrong with the answer.
func (a Scenario) Validate() error {
	switch {
	case (a.Response == nil) == (a.Fault == ""):
		return fmt.Errorf("exactly one of an error (row) and a fault is needed")
	case a.Fault != "" && a.Fault != ConnectionReset && a.Fault != CutBody && a.Fault != HTML503:
		return fmt.Errorf("unknown fault %q: there are %s, %s and %s", a.Fault, ConnectionReset, CutBody, HTML503)
	case a.Times < 0:
		return fmt.Errorf("times is %d: it must be 1 or more", a.Times)
	case a.RetryAfter < 0:
		return fmt.Errorf("retry after is %v: it must not be negative", a.RetryAfter)
	case a.Fault != "" && a.RetryAfter != 0:
		return fmt.Errorf("the fault %s has no header to carry a time to wait", a.Fault)
	}
	return nil
}

// Queue holds the answers that are still to be given, first in, first out.
// The zero value is empty. It may be used by many goroutines.
type Queue struct {
	waiting atomic.Int64 // lets the usual case, an empty queue, pass without the lock
	mu      sync.Mutex
	answers []Scenario
}

// Push appends an answer, after checking it.
func (q *Queue) Push(a Scenario) error {
	if err := a.Validate(); err != nil {
		return err
	}
	a.Times = max(a.Times, 1)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answers = append(q.answers, a)
	q.waiting.Store(int64(len(q.answers)))
	return nil
}

// NextFault returns the answer of the next call and counts it as given, if that
// is a fault. A server asks before it looks at a call.
func (q *Queue) NextFault() (Scenario, bool) {
	return q.take(func(a Scenario) bool { return a.Response == nil })
}

// NextError returns the answer of the next call and counts it as given, if that
// is an error. A server asks once a call is known to be well signed.
func (q *Queue) NextError() (Scenario, bool) {
	return q.take(func(a Scenario) bool { return a.Response != nil })
}

func (q *Queue) take(wanted func(Scenario) bool) (Scenario, bool) {
	if q.waiting.Load() == 0 {
		return Scenario{}, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.answers) == 0 || !wanted(q.answers[0]) {
		return Scenario{}, false
	}
	a := q.answers[0]
	if q.answers[0].Times--; q.answers[0].Times == 0 {
		q.answers = q.answers[1:]
		q.waiting.Store(int64(len(q.answers)))
	}
	a.Times = 1
	return a, true
}

// Pending lists the answers that are still to be given.
func (q *Queue) Pending() []Scenario {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]Scenario{}, q.answers...)
}

// Clear drops them.
func (q *Queue) Clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answers = nil
	q.waiting.Store(0)
}
