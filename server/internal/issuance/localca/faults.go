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

// Fault tells the authority to misbehave. Exactly one of Refuse, Slow and
// Unreachable is set.
type Fault struct {
	// Name is the domain name that the rule is for; "" for every name.
	Name string

	// Refuse gives the type of the problem that orders are refused with: one
	// of ErrorTypes, for example "rejectedIdentifier", or a URN.
	// "rateLimited" asks to wait for RetryAfter instead.
	Refuse string
	// Detail of the problem.
	Detail string
	// RetryAfter goes along with "rateLimited"; 0 says nothing of it.
	RetryAfter time.Duration
	// OnNewOrder refuses to open the order; else its fulfilment is refused, and the
	// order with it.
	OnNewOrder bool

	// Delay is how long after its opening an order takes to be fulfilled.
	Delay time.Duration

	// Unreachable makes it look as if the authority were not there.
	Unreachable bool

	// Times is how often a refusal or an unreachability happens; 0 for as long
	// as the rule is there. It does not go with Slow.
	Times int
}

// Check tells what is wrong with a rule.
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

// err is what the rule answers.
func (r Fault) err() error {
	if r.Unreachable {
		return errors.New("localca: authority unreachable (injected)")
	}
	p := store.Problem{Type: r.problemType(), Detail: r.Detail, Status: 403}
	if p.Detail == "" {
		p.Detail = "the local authority was told to refuse this"
	}
	if p.Type == issuance.ProblemRateLimited {
		p.Status = 429
		return &issuance.RetryLaterError{After: r.RetryAfter, Problem: &p}
	}
	return &issuance.RejectedError{Problem: p, OrderInvalid: !r.OnNewOrder}
}

// Faults is the list of rules of an authority. The zero value is empty. Of
// the rules that are for a name, the first one counts. It may be used by many
// goroutines.
type Faults struct {
	mu    sync.Mutex
	rules []Fault
}

// Add appends a rule, after checking it.
func (b *Faults) Add(r Fault) error {
	if err := r.Check(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = append(b.rules, r)
	return nil
}

// Rules lists the rules, each with the times that are left.
func (b *Faults) Rules() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Fault{}, b.rules...)
}

// Clear drops all rules.
func (b *Faults) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = nil
}

// orders is what opening an order comes to.
func (b *Faults) orders(name string) error {
	r, found := b.take(name, func(r *Fault) bool { return r.OnNewOrder || r.Unreachable })
	if !found {
		return nil
	}
	return r.err()
}

// fulfils is what fulfilling an order comes to, and how long it takes at least.
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

// take finds the first rule for a name and counts it.
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
