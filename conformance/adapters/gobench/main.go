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

// What our SDK is to need at most, as a part of what the vendor's core needs.
const (
	reachCPU         = 0.25
	reachAllocations = 0.20
)

var errNotReached = errors.New("not reached")

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gobench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gobench", flag.ContinueOnError)
	rounds := flags.Int("rounds", 7, "how often the clients take turns")
	calls := flags.Int("calls", 1500, "calls of a turn")
	check := flags.Bool("check", false, "fail when a ratio is not reached")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *rounds < 1 || *calls < 1 {
		return errors.New("-rounds and -calls are greater than 0")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt) // the daemon must not outlive this
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
	if *check && !stubbed.ratio.reached() {
		return errNotReached
	}
	return nil
}

func (c cost) reached() bool { return c.cpu <= reachCPU && c.allocations <= reachAllocations }

// report prints a table and a line that sums it up.
func report(out io.Writer, stubbed, networked comparison) error {
	var b strings.Builder
	row := func(what string, columns ...string) {
		fmt.Fprintf(&b, "%-28s %10s %10s %12s\n", what, columns[0], columns[1], columns[2])
	}
	numbers := func(what string, c cost, digits int) {
		number := func(x float64) string { return strconv.FormatFloat(x, 'f', digits, 64) }
		row(what, number(c.cpu), number(c.wall), number(c.allocations))
	}
	row("a signed, accepted call", "CPU µs", "time µs", "allocations")
	numbers("stub: our SDK", stubbed.costs[0], 1)
	numbers("stub: vendor's Go core", stubbed.costs[1], 1)
	numbers("stub: ours/vendor's", stubbed.ratio, 2)
	numbers("loopback: our SDK", networked.costs[0], 1)
	numbers("loopback: vendor's Go core", networked.costs[1], 1)
	numbers("loopback: bare net/http", networked.costs[2], 1)
	numbers("loopback: ours/vendor's", networked.ratio, 2)
	fmt.Fprintf(&b, "client: CPU %.2f (stub) %.2f (loopback), allocations %.2f (stub) %.2f (loopback); reach <= %.2f, <= %.2f\n",
		stubbed.ratio.cpu, networked.ratio.cpu, stubbed.ratio.allocations, networked.ratio.allocations, reachCPU, reachAllocations)
	_, err := io.WriteString(out, b.String())
	return err
}
