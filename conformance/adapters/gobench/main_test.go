package main

import (
	"context"
	"errors"
	"math"
	"regexp"
	"strings"
	"testing"
)

// Allocations and CPU time are counted for the whole process, so tests that measure must
// not run in parallel with others.

// TestRun makes a short measurement. The figures are meaningless, but every call of every
// client must be accepted.
func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), []string{"-rounds", "1", "-calls", "20"}, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	summary := regexp.MustCompile(`^client: CPU [0-9.]+ \(stub\) [0-9.]+ \(loopback\), allocations 0\.[0-9]+ \(stub\) 0\.[0-9]+ \(loopback\); targets <= 0\.25, <= 0\.20$`)
	if len(lines) != 9 || !summary.MatchString(lines[8]) {
		t.Errorf("got\n%s", out.String())
	}
}

func TestRunRejectsInvalidFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-rounds", "0"}, {"-calls", "-1"}, {"-unknown"}} {
		if err := run(t.Context(), args, &strings.Builder{}); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}

func TestMeetsTargets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ratio cost
		want  bool
	}{
		{cost{cpu: 0.25, allocations: 0.20, wall: 9}, true},
		{cost{cpu: 0.26, allocations: 0.20}, false},
		{cost{cpu: 0.25, allocations: 0.21}, false},
	} {
		if got := test.ratio.meetsTargets(); got != test.want {
			t.Errorf("%+v: got %v, want %v", test.ratio, got, test.want)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		of   []float64
		want float64
	}{{[]float64{5}, 5}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 2, 9}, 3}} {
		var costs []cost
		for _, x := range test.of {
			costs = append(costs, cost{x, 10 * x, 100 * x})
		}
		if got, want := median(costs), (cost{test.want, 10 * test.want, 100 * test.want}); got != want {
			t.Errorf("%v: got %v, want %v", test.of, got, want)
		}
	}
}

// TestCompare checks the ratio of two callers, and that no call number is repeated.
func TestCompare(t *testing.T) {
	seen := map[int]bool{}
	var kept [][]byte
	allocate := func(times int) caller {
		return func(_ context.Context, n int) error {
			if seen[n] {
				t.Errorf("call %d was made twice", n)
			}
			seen[n] = true
			for range times {
				kept = append(kept[:0], make([]byte, 64<<10))
			}
			return nil
		}
	}
	got, err := compare(t.Context(), 3, 200, allocate(20), allocate(40))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.ratio.allocations-0.5) > 0.1 || len(got.costs) != 2 {
		t.Errorf("got %+v", got)
	}
	if len(seen) != 2*200*4 {
		t.Errorf("got %d calls, want %d", len(seen), 2*200*4)
	}
}

// TestCompareSkipsFirstRound checks that one-time costs are not counted.
func TestCompareSkipsFirstRound(t *testing.T) {
	var kept [][]byte
	warming := func(_ context.Context, n int) error {
		size := 10
		if n < 100 {
			size = 1000
		}
		for range size {
			kept = append(kept[:0], make([]byte, 64<<10))
		}
		return nil
	}
	got, err := compare(t.Context(), 1, 100, warming, warming)
	if err != nil {
		t.Fatal(err)
	}
	if got.costs[0].allocations > 100 {
		t.Errorf("got %.0f allocations per call, want about 10", got.costs[0].allocations)
	}
}

func TestCompareStopsAtError(t *testing.T) {
	failure := errors.New("failure")
	succeed := func(context.Context, int) error { return nil }
	_, err := compare(t.Context(), 1, 10, succeed, func(context.Context, int) error { return failure })
	if !errors.Is(err, failure) || !strings.Contains(err.Error(), "client 2: call 10: ") {
		t.Errorf("got error %v", err)
	}
}
