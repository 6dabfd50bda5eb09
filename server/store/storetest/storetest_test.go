package storetest

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/esacert/esacert/server/store"
)

// TestMain keeps rapid from writing files for the failures that TestFaultyStores
// and TestFaultyJobs provoke, and from shrinking them. The seed is fixed, so that
// these tests are deterministic; in other packages the suite stays random.
func TestMain(m *testing.M) {
	flag.Parse()
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.shrinktime": "0s", "rapid.seed": "1"} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}

// detectsFaults runs requirements, by name, against stores that violate them.
func detectsFaults[M, S any](t *testing.T, groups []groupOf[S], faults map[string]func(M) S, newModel func() M) {
	for _, g := range groups {
		for _, r := range g.requirements {
			fault, ok := faults[r.name]
			if !ok {
				continue
			}
			delete(faults, r.name)
			t.Run(g.name+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				if !fails(t, r, func(testing.TB) S { return fault(newModel()) }) {
					t.Error("the requirement passes with a store that violates it")
				}
			})
		}
	}
	for name := range faults {
		t.Errorf("the suite has no requirement %q", name)
	}
}

// fails reports whether a store fails the check of a requirement.
func fails[S any](t *testing.T, p requirementOf[S], open func(testing.TB) S) bool {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() { // Fatalf ends the goroutine that calls it
		defer close(done)
		p.check(r, open)
	}()
	<-done
	return r.failed.Load()
}

// recorder is a testing.TB that records a failure and prints nothing.
type recorder struct {
	testing.TB
	failed atomic.Bool
}

func (r *recorder) Fail()                 { r.failed.Store(true) }
func (r *recorder) Failed() bool          { return r.failed.Load() }
func (r *recorder) Error(...any)          { r.Fail() }
func (r *recorder) Errorf(string, ...any) { r.Fail() }
func (r *recorder) Fatal(...any)          { r.FailNow() }
func (r *recorder) Fatalf(string, ...any) { r.FailNow() }
func (r *recorder) Log(...any)            {}
func (r *recorder) Logf(string, ...any)   {}
func (r *recorder) FailNow()              { r.Fail(); runtime.Goexit() }

func TestFill(t *testing.T) {
	t.Parallel()
	s := &model{}
	Fill(t, s, 120)
	states := make(map[store.Status]int)
	for _, a := range all(t, s) {
		states[a.Status]++
	}
	if states[store.Applying] != 12 || states[store.Issued] != 108 || len(states) != 2 {
		t.Errorf("Fill made %v", states)
	}
}
