// Package storetest states what a store promises, as tests. Whoever writes an
// implementation of store.Store runs them all:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) store.Store {
//			s, err := sqlite.Open(t.Context(), sqlite.Config{Path: sqlite.Memory})
//			if err != nil {
//				t.Fatal(err)
//			}
//			t.Cleanup(func() { s.Close() })
//			return s
//		})
//	}
//
// Whoever implements store.Jobs too runs RunJobs beside it.
//
// The names of the subtests read as the list of promises. The last of
// each, "like the model", does random things to the store and to a model of it
// in plain Go maps and compares every answer. What depends on the medium (a crash, a full
// disk, a second process) is for the implementation's own tests.
package storetest

import (
	"testing"

	"github.com/esacert/esacert/server/store"
)

// Open makes an empty store for one test and closes it when the test ends. It
// may be called several times in a test, and from parallel tests.
type Open = func(t testing.TB) store.Store

// Run tests every promise of store.Store.
func Run(t *testing.T, open Open) { run(t, groups(), open) }

// JobStore is a store that fulfils applications too.
type JobStore interface {
	store.Store
	store.Jobs
}

// OpenJobs is Open for a JobStore.
type OpenJobs = func(t testing.TB) JobStore

// RunJobs tests every promise of store.Jobs. It is no part of Run, and Run no
// part of it.
func RunJobs(t *testing.T, open OpenJobs) { run(t, jobGroups(), open) }

func run[S any](t *testing.T, groups []groupOf[S], open func(testing.TB) S) {
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range g.promises {
				t.Run(p.name, func(t *testing.T) {
					t.Parallel()
					p.check(t, open)
				})
			}
		})
	}
}

// groupOf is the subtests of one subject.
type groupOf[S any] struct {
	name     string
	promises []promiseOf[S]
}

// promiseOf is one subtest.
type promiseOf[S any] struct {
	name  string
	check func(t testing.TB, open func(testing.TB) S)
}

type (
	group      = groupOf[store.Store]
	promise    = promiseOf[store.Store]
	jobGroup   = groupOf[JobStore]
	jobPromise = promiseOf[JobStore]
)

func groups() []group {
	return []group{
		{"apply", applyPromises()},
		{"limits", limitPromises()},
		{"finish", finishPromises()},
		{"applications", queryPromises()},
		{"nonces", noncePromises()},
		{"race", racePromises()},
		{"context", contextPromises()},
		{"close", closePromises()},
		{"model", modelPromises()},
	}
}

func jobGroups() []jobGroup {
	return []jobGroup{
		{"lease", leasePromises()},
		{"fence", fencePromises()},
		{"order", orderPromises()},
		{"reschedule", reschedulePromises()},
		{"complete", completePromises()},
		{"fail", failPromises()},
		{"cancel", cancelPromises()},
		{"retire", retirePromises()},
		{"records", recordPromises()},
		{"counts", countPromises()},
		{"spend", spendPromises()},
		{"accounts", accountPromises()},
		{"sealed", sealedPromises()},
		{"call", jobCallPromises()},
		{"like", jobModelPromises()},
	}
}
