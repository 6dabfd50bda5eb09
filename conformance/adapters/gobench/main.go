package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

// Maximum cost of our SDK as a fraction of the cost of the vendor's core.
const (
	maxCPU         = 0.25
	maxAllocations = 0.20
)

var errTargetMissed = errors.New("a ratio exceeds its target")

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gobench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gobench", flag.ContinueOnError)
	rounds := flags.Int("rounds", 7, "number of rounds, in each of which every client is measured")
	calls := flags.Int("calls", 1500, "calls of each client in a round")
	check := flags.Bool("check", false, "fail if a ratio exceeds its target")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *rounds < 1 || *calls < 1 {
		return errors.New("-rounds and -calls must be greater than 0")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt) // stop esacertd on interrupt
	defer stop()
	stubbed, err := measureStub(ctx, *rounds, *calls)
	if err != nil {
		return fmt.Errorf("stub: %w", err)
	}
	networked, err := measureLoopback(ctx, *rounds, *calls)
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	if err := report(out, stubbed, networked); err != nil {
		return err
	}
	if *check && !stubbed.ratio.meetsTargets() {
		return errTargetMissed
	}
	return nil
}

// meetsTargets reports whether a ratio is within the targets.
func (c cost) meetsTargets() bool { return c.cpu <= maxCPU && c.allocations <= maxAllocations }

// report prints a table and a summary line.
func report(out io.Writer, stubbed, networked comparison) error {
	var b strings.Builder
	row := func(name string, columns ...string) {
		fmt.Fprintf(&b, "%-28s %10s %10s %12s\n", name, columns[0], columns[1], columns[2])
	}
	numbers := func(name string, c cost, digits int) {
		number := func(x float64) string { return strconv.FormatFloat(x, 'f', digits, 64) }
		row(name, number(c.cpu), number(c.wall), number(c.allocations))
	}
	row("a signed, accepted call", "CPU µs", "time µs", "allocations")
	numbers("stub: our SDK", stubbed.costs[0], 1)
	numbers("stub: vendor's Go core", stubbed.costs[1], 1)
	numbers("stub: ratio", stubbed.ratio, 2)
	numbers("loopback: our SDK", networked.costs[0], 1)
	numbers("loopback: vendor's Go core", networked.costs[1], 1)
	numbers("loopback: bare net/http", networked.costs[2], 1)
	numbers("loopback: ratio", networked.ratio, 2)
	fmt.Fprintf(&b, "client: CPU %.2f (stub) %.2f (loopback), allocations %.2f (stub) %.2f (loopback); targets <= %.2f, <= %.2f\n",
		stubbed.ratio.cpu, networked.ratio.cpu, stubbed.ratio.allocations, networked.ratio.allocations, maxCPU, maxAllocations)
	_, err := io.WriteString(out, b.String())
	return err
}
