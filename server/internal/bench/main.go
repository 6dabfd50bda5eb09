// Command bench measures the server's speed, each line as a ratio between two
// things that were run in turn, in one run:
//
//	go run ./server/internal/bench
//
// Absolute figures depend on the machine and on what else it does; the ratios
// are what is promised. With -check a line that misses its reach ends the
// program with exit code 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"slices"
	"time"
)

// result is one promise and what was measured for it.
type result struct {
	what, unit string
	ours       []float64 // a round each
	baseline   []float64 // of the same rounds; empty where the reach is absolute
	target     float64
	atMost     bool // else: at least
}

// value is the ratio, or ours where there is nothing to compare.
func (l result) value() float64 {
	if len(l.baseline) == 0 {
		return median(l.ours)
	}
	ratios := make([]float64, len(l.ours))
	for i := range ratios {
		ratios[i] = l.ours[i] / l.baseline[i]
	}
	return median(ratios)
}

func (l result) reached() bool {
	if l.atMost {
		return l.value() <= l.target
	}
	return l.value() >= l.target
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

func main() {
	check := flag.Bool("check", false, "fail if a line misses its reach")
	rounds := flag.Int("rounds", 7, "how often each pair is measured")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the whole run to this file")
	only := flag.Int("only", 0, "measure this line alone, counted from 1")
	round := flag.Duration("round", time.Second, "how long one side of a pair is measured")
	flag.Parse()
	missed, err := profiled(*profile, func() (int, error) {
		return run(context.Background(), os.Stdout, *only, *rounds, *round)
	})
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case missed > 0 && *check:
		os.Exit(1)
	}
}

// profiled writes a CPU profile of what it does, if a file is named.
func profiled(path string, do func() (int, error)) (int, error) {
	if path == "" {
		return do()
	}
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return 0, errors.Join(err, f.Close())
	}
	missed, err := do()
	pprof.StopCPUProfile()
	return missed, errors.Join(err, f.Close())
}

func run(ctx context.Context, w io.Writer, only, rounds int, round time.Duration) (missed int, err error) {
	for i, measure := range []func(context.Context, int, time.Duration) ([]result, error){
		single(refused), single(accepted), single(allocations), single(startInTest), single(startAsProcess), measureIssuing,
	} {
		if only != 0 && only != i+1 {
			continue
		}
		lines, err := measure(ctx, rounds, round)
		if err != nil {
			return missed, err
		}
		n, err := report(w, lines)
		missed += n
		if err != nil {
			return missed, err
		}
	}
	return missed, nil
}

// single makes a measure that has one line.
func single(measure func(context.Context, int, time.Duration) (result, error)) func(context.Context, int, time.Duration) ([]result, error) {
	return func(ctx context.Context, rounds int, round time.Duration) ([]result, error) {
		l, err := measure(ctx, rounds, round)
		return []result{l}, err
	}
}

func report(w io.Writer, lines []result) (missed int, err error) {
	for _, l := range lines {
		verdict := "reached"
		if !l.reached() {
			verdict = "MISSED"
			missed++
		}
		sign := ">="
		if l.atMost {
			sign = "<="
		}
		against := ""
		if len(l.baseline) > 0 {
			against = fmt.Sprintf(" (%.4g against %.4g %s)", median(l.ours), median(l.baseline), l.unit)
		}
		if _, err := fmt.Fprintf(w, "%-62s %8.2f%s, reach %s %g: %s\n", l.what, l.value(), against, sign, l.target, verdict); err != nil {
			return missed, err
		}
	}
	return missed, nil
}
