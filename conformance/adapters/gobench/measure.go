package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// cost is the cost of one call, or a ratio of costs.
type cost struct {
	cpu         float64 // user and system time of this process, in microseconds
	wall        float64 // elapsed time in microseconds
	allocations float64
}

// caller makes the n-th call.
type caller func(ctx context.Context, n int) error

// comparison contains medians of all rounds.
type comparison struct {
	costs []cost // cost of each caller
	ratio cost   // ratio of the first caller to the second within a round
}

// compare measures the callers in turn, in each round. Call numbers are not repeated.
func compare(ctx context.Context, rounds, calls int, callers ...caller) (comparison, error) {
	costs := make([][]cost, len(callers))
	var ratios []cost
	next := 0
	for round := range rounds + 1 {
		for i, call := range callers {
			c, err := measure(ctx, next, calls, call)
			if err != nil {
				return comparison{}, fmt.Errorf("client %d: %w", i+1, err)
			}
			next += calls
			if round > 0 { // the first round opens connections and fills pools
				costs[i] = append(costs[i], c)
			}
		}
		if round > 0 {
			ratios = append(ratios, costs[0][round-1].over(costs[1][round-1]))
		}
	}
	result := comparison{ratio: median(ratios)}
	for _, c := range costs {
		result.costs = append(result.costs, median(c))
	}
	return result, nil
}

// over returns the ratio of c to d, field by field.
func (c cost) over(d cost) cost {
	return cost{c.cpu / d.cpu, c.wall / d.wall, c.allocations / d.allocations}
}

// measure makes calls one after another. The result includes the garbage collection that
// they cause, but not that of earlier garbage.
func measure(ctx context.Context, from, calls int, call caller) (cost, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, err := cpuTime()
	if err != nil {
		return cost{}, err
	}
	start := time.Now()
	for n := from; n < from+calls; n++ {
		if err := call(ctx, n); err != nil {
			return cost{}, fmt.Errorf("call %d: %w", n, err)
		}
	}
	wall := time.Since(start)
	cpuAfter, err := cpuTime()
	if err != nil {
		return cost{}, err
	}
	runtime.ReadMemStats(&after)
	return cost{
		cpu:         perCall(cpuAfter-cpu, calls),
		wall:        perCall(wall, calls),
		allocations: float64(after.Mallocs-before.Mallocs) / float64(calls),
	}, nil
}

func perCall(d time.Duration, calls int) float64 {
	return float64(d.Nanoseconds()) / 1e3 / float64(calls)
}

// cpuTime returns the user and system time that this process has used.
func cpuTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// median returns the median of each field.
func median(costs []cost) cost {
	of := func(field func(cost) float64) float64 {
		values := make([]float64, len(costs))
		for i, c := range costs {
			values[i] = field(c)
		}
		slices.Sort(values)
		return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	}
	return cost{
		cpu:         of(func(c cost) float64 { return c.cpu }),
		wall:        of(func(c cost) float64 { return c.wall }),
		allocations: of(func(c cost) float64 { return c.allocations }),
	}
}
