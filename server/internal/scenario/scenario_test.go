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

func TestTakeGivesEachAnswerAsOftenAsSaid(t *testing.T) {
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
	if waiting := q.Pending(); len(waiting) != 2 || waiting[0].Times != 2 || waiting[1].Times != 1 {
		t.Errorf("Waiting() = %+v", waiting)
	}
	for i, want := range []string{"QuotaExceeded", "QuotaExceeded"} {
		if a, ok := q.NextFault(); ok {
			t.Errorf("take %d: the fault %+v came before its turn", i, a)
		}
		if a, ok := q.NextError(); !ok || a.Name() != want || a.Times != 1 {
			t.Errorf("take %d: %+v, %v; want %s", i, a, ok, want)
		}
	}
	if a, ok := q.NextError(); ok {
		t.Errorf("a fault was given as the error %+v", a)
	}
	if a, ok := q.NextFault(); !ok || a.Name() != "html-503" {
		t.Errorf("the fault: %+v, %v", a, ok)
	}
	if a, ok := q.NextFault(); ok {
		t.Errorf("an empty queue gave %+v", a)
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
		t.Errorf("a cleared queue gave %+v", a)
	}
}

func TestWrongAnswersAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer scenario.Scenario
		want   string
	}{
		{"nothing", scenario.Scenario{}, "exactly one"},
		{"both", scenario.Scenario{Response: esaerrors.SiteNotFound, Fault: scenario.CutBody}, "exactly one"},
		{"unknown fault", scenario.Scenario{Fault: "fire"}, `unknown fault "fire"`},
		{"negative times", scenario.Scenario{Fault: scenario.CutBody, Times: -1}, "times is -1"},
		{"negative wait", scenario.Scenario{Response: esaerrors.Throttling, RetryAfter: -time.Second}, "retry after is -1s"},
		{"wait without a header", scenario.Scenario{Fault: scenario.CutBody, RetryAfter: time.Second}, "cut-body has no header"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var q scenario.Queue
			if err := q.Push(tc.answer); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Push = %v, want %q", err, tc.want)
			}
			if len(q.Pending()) != 0 {
				t.Error("a refused answer is in the queue")
			}
		})
	}
}

func TestTakeFromManyGoroutines(t *testing.T) {
	t.Parallel()
	var q scenario.Queue
	if err := q.Push(scenario.Scenario{Response: esaerrors.Throttling, Times: 100}); err != nil {
		t.Fatal(err)
	}
	var given atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, ok := q.NextError(); ok {
					given.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if given.Load() != 100 {
		t.Errorf("given %d times, want 100", given.Load())
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
