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

// TestMain keeps rapid from writing a file for the failures that
// TestBrokenStores and TestBrokenJobs provoke, and from looking for smaller
// ones. Its seed is a given one, so that whether a fault is found is no matter
// of luck; what other packages do with the suite stays random.
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

// The model keeps its own promises: a check that fails here is wrong itself.
func TestModel(t *testing.T) {
	t.Parallel()
	Run(t, func(testing.TB) store.Store { return &model{} })
	RunJobs(t, func(testing.TB) JobStore { return newJobsModel() })
}

// Each promise is checked in earnest: there is a store that breaks it, and the
// suite says so.
func TestBrokenStores(t *testing.T) {
	t.Parallel()
	faults := faults()
	findOut(t, groups(), func(promise string) (func(testing.TB) store.Store, bool) {
		fault, ok := faults[promise]
		return func(testing.TB) store.Store { return fault(&model{}) }, ok
	})
}

func TestBrokenJobs(t *testing.T) {
	t.Parallel()
	faults := jobFaults()
	findOut(t, jobGroups(), func(promise string) (func(testing.TB) JobStore, bool) {
		fault, ok := faults[promise]
		return func(testing.TB) JobStore { return fault(newJobsModel()) }, ok
	})
}

// findOut checks each promise with a store that breaks it.
func findOut[S any](t *testing.T, groups []groupOf[S], breaks func(promise string) (open func(testing.TB) S, ok bool)) {
	for _, g := range groups {
		for _, p := range g.promises {
			t.Run(g.name+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				open, ok := breaks(p.name)
				if !ok {
					t.Fatal("no store breaks this promise")
				}
				if !fails(t, p, open) {
					t.Error("a store that breaks the promise is not found out")
				}
			})
		}
	}
}

// fails tells whether a store fails the check of a promise.
func fails[S any](t *testing.T, p promiseOf[S], open func(testing.TB) S) bool {
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

// recorder is a test that notes its failure and does not show it.
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
