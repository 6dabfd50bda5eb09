package issuance

import "github.com/esacert/esacert/server/store"

// Refusals returns how often the authority refused an application since its last
// certificate. The store counts a refusal when it reschedules the next step. The
// refusal that ends an application schedules none: it is the application's
// problem.
func Refusals(r store.JobRecord) int {
	n := r.Progress.Failures
	p := r.Progress.Problem
	if r.Status == store.Failed && p != nil && p.Type != ProblemSite && p.Type != ProblemCanceled {
		n++
	}
	return n
}
