package suite

import (
	"slices"

	"github.com/esacert/esacert/conformance/internal/redact"
)

// Redacted returns a deep copy of the run without the secrets of redactor.
func (r *Run) Redacted(redactor *redact.Redactor) *Run {
	return r.MapStrings(redactor.String, redactor.String)
}

// Redacted returns a deep copy of the result without the secrets of redactor.
func (r Result) Redacted(redactor *redact.Redactor) Result {
	return r.MapStrings(redactor.String, redactor.String)
}

// MapStrings returns a deep copy of the run. f transforms every free-form
// string, and wire the requests and responses of exchanges.
func (r *Run) MapStrings(f, wire func(string) string) *Run {
	mapped := *r
	mapped.Contract = f(r.Contract)
	mapped.Subjects = mapSlice(r.Subjects, f)
	mapped.Unmatched = mapSlice(r.Unmatched, f)
	mapped.Results = mapSlice(r.Results, func(result Result) Result { return result.MapStrings(f, wire) })
	return &mapped
}

// MapStrings is Run.MapStrings for one result.
func (r Result) MapStrings(f, wire func(string) string) Result {
	r.Case, r.Why = f(r.Case), f(r.Why)
	r.Subject, r.Reason = f(r.Subject), f(r.Reason)
	r.Checks = mapSlice(r.Checks, func(c Check) Check {
		c.Name, c.Want, c.Got, c.Reason = f(c.Name), f(c.Want), f(c.Got), f(c.Reason)
		return c
	})
	r.Exchanges = mapSlice(r.Exchanges, func(e Exchange) Exchange {
		e.Request, e.Response, e.Error, e.Difference = wire(e.Request), wire(e.Response), f(e.Error), f(e.Difference)
		return e
	})
	return r
}

// mapSlice returns nil for nil.
func mapSlice[T any](in []T, f func(T) T) []T {
	out := slices.Clone(in)
	for i := range out {
		out[i] = f(out[i])
	}
	return out
}
