// Package storetest is the test suite of stores. Each implementation of store.Store
// runs it:
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
// An implementation of store.Jobs runs RunJobs too, which also tests
// store.Certificates.
//
// Each subtest is named after the requirement that it tests. The last subtest of
// each suite performs random operations on the store and on a model in plain Go
// maps, and compares all results. Crashes, full disks and second processes depend on
// the medium, and are left to the tests of each implementation.
package storetest

import (
	"testing"

	"github.com/esacert/esacert/server/store"
)

// Run tests every requirement of store.Store, except for those of
// store.Certificates. The function open returns an empty store that is closed when
// the test ends. It may be called several times in a test, and from parallel tests.
func Run(t *testing.T, open func(t testing.TB) store.Store) { run(t, groups(), open) }

// RunJobs tests every requirement of store.Jobs and store.Certificates, and not the
// others of store.Store. The function open is as for Run.
func RunJobs(t *testing.T, open func(t testing.TB) store.JobStore) { run(t, jobGroups(), open) }

type (
	openStore = func(t testing.TB) store.Store
	openJobs  = func(t testing.TB) store.JobStore
)

func run[S any](t *testing.T, groups []groupOf[S], open func(testing.TB) S) {
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range g.requirements {
				t.Run(p.name, func(t *testing.T) {
					t.Parallel()
					p.check(t, open)
				})
			}
		})
	}
}

// groupOf is a group of subtests.
type groupOf[S any] struct {
	name         string
	requirements []requirementOf[S]
}

// requirementOf is one subtest.
type requirementOf[S any] struct {
	name  string
	check func(t testing.TB, open func(testing.TB) S)
}

type (
	group          = groupOf[store.Store]
	requirement    = requirementOf[store.Store]
	jobGroup       = groupOf[store.JobStore]
	jobRequirement = requirementOf[store.JobStore]
)

func groups() []group {
	return []group{
		{"apply", applyTests()},
		{"limits", limitTests()},
		{"finish", finishTests()},
		{"applications", queryTests()},
		{"nonces", nonceTests()},
		{"race", raceTests()},
		{"context", contextTests()},
		{"close", closeTests()},
		{"model", modelTests()},
	}
}

func jobGroups() []jobGroup {
	return []jobGroup{
		{"lease", leaseTests()},
		{"fence", fenceTests()},
		{"order", orderTests()},
		{"reschedule", rescheduleTests()},
		{"complete", completeTests()},
		{"fail", failTests()},
		{"cancel", cancelTests()},
		{"retire", retireTests()},
		{"records", listTests()},
		{"counts", countTests()},
		{"list certificates", certificateListTests()},
		{"find certificate", certificateFindTests()},
		{"delete certificate", certificateDeleteTests()},
		{"set certificate", certificateUploadTests()},
		{"site usage", siteUsageTests()},
		{"rates", rateTests()},
		{"accounts", accountTests()},
		{"sealed", sealedTests()},
		{"calls", jobCallTests()},
		{"model", jobModelTests()},
	}
}
