package scenario_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/scenario"
)

func TestQueueReturnsEachScenarioTimes(t *testing.T) {
	t.Parallel()
	var q scenario.Queue
	for _, a := range []scenario.Scenario{
		{Response: esaerrors.QuotaExceeded, Times: 2},
		{Fault: scenario.HTML503},
	} {
		if err := q.Push(a); err != nil {
			t.Fatal(err)
		}
	}
	if pending := q.Pending(); len(pending) != 2 || pending[0].Times != 2 || pending[1].Times != 1 {
		t.Errorf("Pending() = %+v", pending)
	}
	for i, want := range []string{"QuotaExceeded", "QuotaExceeded"} {
		if a, ok := q.NextFault(); ok {
			t.Errorf("take %d: the fault %+v was returned too early", i, a)
		}
		if a, ok := q.NextError(); !ok || a.Name() != want || a.Times != 1 {
			t.Errorf("take %d: %+v, %v; want %s", i, a, ok, want)
		}
	}
	if a, ok := q.NextError(); ok {
		t.Errorf("a fault was returned as the error %+v", a)
	}
	if a, ok := q.NextFault(); !ok || a.Name() != "html-503" {
		t.Errorf("the fault: %+v, %v", a, ok)
	}
	if a, ok := q.NextFault(); ok {
		t.Errorf("an empty queue returned %+v", a)
	}
}

func TestClear(t *testing.T) {
	t.Parallel()
	var q scenario.Queue
	if err := q.Push(scenario.Scenario{Fault: scenario.CutBody, Times: 5}); err != nil {
		t.Fatal(err)
	}
	q.Clear()
	if a, ok := q.NextFault(); ok {
		t.Errorf("a cleared queue returned %+v", a)
	}
}

func TestInvalidScenariosAreRejected(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		pushed scenario.Scenario
		want   string
	}{
		{"nothing", scenario.Scenario{}, "exactly one"},
		{"both", scenario.Scenario{Response: esaerrors.SiteNotFound, Fault: scenario.CutBody}, "exactly one"},
		{"unknown fault", scenario.Scenario{Fault: "fire"}, `unknown fault "fire"`},
		{"negative times", scenario.Scenario{Fault: scenario.CutBody, Times: -1}, "times is -1"},
		{"negative wait", scenario.Scenario{Response: esaerrors.Throttling, RetryAfter: -time.Second}, "retry after is -1s"},
		{"wait without a header", scenario.Scenario{Fault: scenario.CutBody, RetryAfter: time.Second}, "with the fault cut-body"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var q scenario.Queue
			if err := q.Push(tc.pushed); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Push = %v, want %q", err, tc.want)
			}
			if len(q.Pending()) != 0 {
				t.Error("a rejected scenario is in the queue")
			}
		})
	}
}

func TestConcurrentNextError(t *testing.T) {
	t.Parallel()
	var q scenario.Queue
	if err := q.Push(scenario.Scenario{Response: esaerrors.Throttling, Times: 100}); err != nil {
		t.Fatal(err)
	}
	var returned atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, ok := q.NextError(); ok {
					returned.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if returned.Load() != 100 {
		t.Errorf("returned %d times, want 100", returned.Load())
	}
}

func Example() {
	var q scenario.Queue
	if err := q.Push(scenario.Scenario{Response: esaerrors.Throttling, RetryAfter: 20 * time.Millisecond, Times: 2}); err != nil {
		fmt.Println(err)
	}
	for range 3 {
		a, ok := q.NextError()
		fmt.Println(a.Name(), ok)
	}
	// Output:
	// Throttling true
	// Throttling true
	//  false
}
