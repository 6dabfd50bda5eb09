// Package scenario injects errors and faults: it queues responses that replace those
// to the next calls. An error is a row of the error table, for example a throttling;
// a fault is a failure of the connection or a proxy, for example a reset connection.
//
//	var q scenario.Queue
//	q.Push(scenario.Scenario{Response: esaerrors.QuotaExceeded, Times: 3})
//
// Nothing is random: a scenario applies to the next calls, in order.
package scenario

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
)

// Fault is a failure of the connection or a proxy.
type Fault string

// The faults.
const (
	ConnectionReset Fault = "connection-reset" // no response: the connection is reset
	CutBody         Fault = "cut-body"         // the real response, with half of its body
	HTML503         Fault = "html-503"         // status 503 with an HTML page, as proxies send it
)

// Scenario is an error or a fault for the next calls. Exactly one of Response and
// Fault is set.
type Scenario struct {
	// Response is the error of the contract that a correctly signed call gets. A call
	// whose authentication fails gets that error instead.
	Response *esaerrors.Error
	// Fault is injected into any call before it is checked. CutBody applies to the real
	// response.
	Fault Fault
	// RetryAfter is sent with Response in the header x-acs-retry-after. If 0, the
	// header is not sent.
	RetryAfter time.Duration
	// Times is the number of calls; 0 means 1.
	Times int
}

// Name returns the name of the scenario for the journal.
func (a Scenario) Name() string {
	if a.Response != nil {
		return a.Response.Key
	}
	return string(a.Fault)
}

// Validate returns an error if the scenario is invalid.
func (a Scenario) Validate() error {
	switch {
	case (a.Response == nil) == (a.Fault == ""):
		return fmt.Errorf("want exactly one of an error (row) and a fault")
	case a.Fault != "" && a.Fault != ConnectionReset && a.Fault != CutBody && a.Fault != HTML503:
		return fmt.Errorf("unknown fault %q: want %s, %s or %s", a.Fault, ConnectionReset, CutBody, HTML503)
	case a.Times < 0:
		return fmt.Errorf("times is %d: want 1 or more", a.Times)
	case a.RetryAfter < 0:
		return fmt.Errorf("retry after is %v: want 0 or more", a.RetryAfter)
	case a.Fault != "" && a.RetryAfter != 0:
		return fmt.Errorf("retry after cannot be sent with the fault %s", a.Fault)
	}
	return nil
}

// Queue is a queue of scenarios, first in, first out. The zero value is empty. It is
// safe for concurrent use.
type Queue struct {
	waiting atomic.Int64 // length; an empty queue needs no lock
	mu      sync.Mutex
	pending []Scenario
}

// Push validates a scenario and appends it.
func (q *Queue) Push(a Scenario) error {
	if err := a.Validate(); err != nil {
		return err
	}
	a.Times = max(a.Times, 1)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = append(q.pending, a)
	q.waiting.Store(int64(len(q.pending)))
	return nil
}

// NextFault takes the next scenario for a call if it is a fault. The server calls it
// before it checks a call.
func (q *Queue) NextFault() (Scenario, bool) {
	return q.take(func(a Scenario) bool { return a.Response == nil })
}

// NextError takes the next scenario for a call if it is an error. The server calls it
// after a call is authenticated.
func (q *Queue) NextError() (Scenario, bool) {
	return q.take(func(a Scenario) bool { return a.Response != nil })
}

func (q *Queue) take(wanted func(Scenario) bool) (Scenario, bool) {
	if q.waiting.Load() == 0 {
		return Scenario{}, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.pending) == 0 || !wanted(q.pending[0]) {
		return Scenario{}, false
	}
	a := q.pending[0]
	if q.pending[0].Times--; q.pending[0].Times == 0 {
		q.pending = q.pending[1:]
		q.waiting.Store(int64(len(q.pending)))
	}
	a.Times = 1
	return a, true
}

// Pending returns the queued scenarios.
func (q *Queue) Pending() []Scenario {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]Scenario{}, q.pending...)
}

// Clear empties the queue.
func (q *Queue) Clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending = nil
	q.waiting.Store(0)
}
