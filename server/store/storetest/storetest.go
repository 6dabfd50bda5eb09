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

// Run tests every requirement of store.Store. The function open returns an empty
// store that is closed when the test ends. It may be called several times in a
// test, and from parallel tests.
func Run(t *testing.T, open func(t testing.TB) store.Store) { run(t, groups(), open) }

// RunJobs tests every requirement of store.Jobs, and not those of store.Store.
// The function open is as for Run.
func RunJobs(t *testing.T, open func(t testing.TB) store.JobStore) { run(t, jobGroups(), open) }

type (
	openStore = func(t testing.TB) store.Store
	openJobs  = func(t testing.TB) store.JobStore
)

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
	jobGroup   = groupOf[store.JobStore]
	jobPromise = promiseOf[store.JobStore]
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
