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
// The names of the subtests read as the list of promises. The last one, "like
// the model", does random things to the store and to a model of it in plain Go
// maps and compares every answer. What depends on the medium (a crash, a full
// disk, a second process) is for the implementation's own tests.
package storetest

import (
	"testing"

	"github.com/esacert/esacert/server/store"
)

// Open makes an empty store for one test and closes it when the test ends. It
// may be called several times in a test, and from parallel tests.
type Open func(t testing.TB) store.Store

// Run tests every promise of store.Store.
func Run(t *testing.T, open Open) {
	for _, g := range groups() {
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

// group is the subtests of one subject.
type group struct {
	name     string
	promises []promise
}

// promise is one subtest.
type promise struct {
	name  string
	check func(t testing.TB, open Open)
}

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
