package report

import (
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// escapeResult gives a copy of a result in which every character can be seen.
func escapeResult(r suite.Result) suite.Result { return mapResult(r, escape, escapeWire) }

func escapeRun(run *suite.Run) *suite.Run { return mapRun(run, escape, escapeWire) }

// escapeWire ends lines as a text does.
func escapeWire(s string) string { return escape(strings.ReplaceAll(s, "\r\n", "\n")) }

// mapRun gives a deep copy of a run in which every free text went through f, and
// what was on the wire through wire.
func mapRun(run *suite.Run, f, wire func(string) string) *suite.Run {
	copied := *run
	copied.Contract = f(run.Contract)
	copied.Subjects = mapSlice(run.Subjects, f)
	copied.Unmatched = mapSlice(run.Unmatched, f)
	copied.Results = mapSlice(run.Results, func(result suite.Result) suite.Result { return mapResult(result, f, wire) })
	return &copied
}

func mapResult(result suite.Result, f, wire func(string) string) suite.Result {
	result.Case, result.Why = f(result.Case), f(result.Why)
	result.Subject, result.Reason = f(result.Subject), f(result.Reason)
	result.Checks = mapSlice(result.Checks, func(c suite.Check) suite.Check {
		c.Name, c.Want, c.Got, c.Reason = f(c.Name), f(c.Want), f(c.Got), f(c.Reason)
		return c
	})
	result.Exchanges = mapSlice(result.Exchanges, func(e suite.Exchange) suite.Exchange {
		e.Request, e.Response, e.Error, e.Difference = wire(e.Request), wire(e.Response), f(e.Error), f(e.Difference)
		return e
	})
	return result
}

// mapSlice keeps nil apart from empty.
func mapSlice[T any](in []T, f func(T) T) []T {
	out := slices.Clone(in)
	for i := range out {
		out[i] = f(out[i])
	}
	return out
}
