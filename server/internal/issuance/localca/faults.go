package localca

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// Fault makes the authority misbehave. Exactly one of Refuse, Slow and
// Unreachable is set.
type Fault struct {
	// Name is the domain name that the rule applies to; "" for every name.
	Name string

	// Refuse is the problem type of the refusal: one of ErrorTypes, for example
	// "rejectedIdentifier", or a URN. "rateLimited" requires a wait of RetryAfter
	// instead.
	Refuse string
	// Detail of the problem.
	Detail string
	// RetryAfter is for "rateLimited"; if 0, it is not sent.
	RetryAfter time.Duration
	// OnNewOrder refuses to open the order; otherwise its fulfillment is refused,
	// and the order becomes invalid.
	OnNewOrder bool

	// Delay is the time from the opening of an order to its fulfillment.
	Delay time.Duration

	// Unreachable simulates an unavailable authority.
	Unreachable bool

	// Times is the number of refusals or outages; 0 for no limit. It is invalid
	// with Slow.
	Times int
}

// Check returns an error if the rule is invalid.
func (r Fault) Check() error {
	set := 0
	for _, is := range []bool{r.Refuse != "", r.Delay != 0, r.Unreachable} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return errors.New("exactly one of refuse, slow and unreachable is needed")
	case r.Delay < 0 || r.RetryAfter < 0 || r.Times < 0:
		return errors.New("slow, retry after and times must not be negative")
	case r.Delay != 0 && r.Times != 0:
		return errors.New("times cannot be combined with slow")
	case r.Refuse == "" && (r.Detail != "" || r.OnNewOrder || r.RetryAfter != 0):
		return errors.New("detail, at order and retry after go with refuse only")
	case r.RetryAfter != 0 && r.problemType() != issuance.ProblemRateLimited:
		return errors.New("retry after goes with the refusal rateLimited only")
	case r.Refuse != "":
		return checkErrorType(r.Refuse)
	}
	return nil
}

func (r Fault) problemType() string {
	if strings.Contains(r.Refuse, ":") {
		return r.Refuse
	}
	return "urn:ietf:params:acme:error:" + r.Refuse
}

// err returns the error of the rule.
func (r Fault) err() error {
	if r.Unreachable {
		return errors.New("localca: authority unreachable (injected)")
	}
	p := store.Problem{Type: r.problemType(), Detail: r.Detail, Status: 403}
	if p.Detail == "" {
		p.Detail = "refused by a fault rule of the local authority"
	}
	if p.Type == issuance.ProblemRateLimited {
		p.Status = 429
		return &issuance.RetryLaterError{After: r.RetryAfter, Problem: &p}
	}
	return &issuance.RejectedError{Problem: p, OrderInvalid: !r.OnNewOrder}
}

// Faults is the list of rules of an authority. The first rule that applies to a
// name is used. The zero value is empty. It is safe for concurrent use.
type Faults struct {
	mu    sync.Mutex
	rules []Fault
}

// Add checks a rule and appends it.
func (b *Faults) Add(r Fault) error {
	if err := r.Check(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = append(b.rules, r)
	return nil
}

// Rules lists the rules, each with its remaining number of times.
func (b *Faults) Rules() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Fault{}, b.rules...)
}

// Clear removes all rules.
func (b *Faults) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = nil
}

// orders returns the result of opening an order.
func (b *Faults) orders(name string) error {
	r, found := b.take(name, func(r *Fault) bool { return r.OnNewOrder || r.Unreachable })
	if !found {
		return nil
	}
	return r.err()
}

// fulfils returns the result of fulfilling an order, and its minimum duration.
func (b *Faults) fulfils(name string) (time.Duration, error) {
	r, found := b.take(name, func(r *Fault) bool { return !r.OnNewOrder })
	switch {
	case !found:
		return 0, nil
	case r.Delay != 0:
		return r.Delay, nil
	}
	return 0, r.err()
}

// take finds the first rule for a name and counts its use.
func (b *Faults) take(name string, wanted func(*Fault) bool) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.rules, func(r Fault) bool { return (r.Name == "" || r.Name == name) && wanted(&r) })
	if i < 0 {
		return Fault{}, false
	}
	r := b.rules[i]
	if r.Times > 0 {
		if b.rules[i].Times--; b.rules[i].Times == 0 {
			b.rules = slices.Delete(b.rules, i, i+1)
		}
	}
	return r, true
}

// String describes a rule.
func (r Fault) String() string {
	name := r.Name
	if name == "" {
		name = "every name"
	}
	switch {
	case r.Unreachable:
		return name + ": unreachable"
	case r.Delay != 0:
		return fmt.Sprintf("%s: takes %v", name, r.Delay)
	}
	return fmt.Sprintf("%s: refuses with %s", name, r.problemType())
}
