//go:build unix

package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// Environment variables of a worker.
const (
	envScenario = "ESACERT_CRASHTEST_SCENARIO"
	envDir      = "ESACERT_CRASHTEST_DIR"
	envArgument = "ESACERT_CRASHTEST_ARGUMENT"
	envSeed     = "ESACERT_CRASHTEST_SEED"
	envKill     = "ESACERT_CRASHTEST_KILL"
	envStop     = "ESACERT_CRASHTEST_STOP"
)

// WorkerFunc runs a scenario in a worker. It returns when all work is done.
type WorkerFunc func(ctx context.Context, w *Worker) error

// Worker is the process that is killed and stopped.
type Worker struct {
	Scenario string
	Dir      string // directory for the database, the keys and other state; shared by all starts
	Argument string // Plan.Argument
	Seed     uint64 // differs for each start

	kill, stop float64
	mu         sync.Mutex
	random     *rand.Rand
}

// Child returns the worker, or nil if this process was not started as one.
func Child() *Worker {
	scenario := os.Getenv(envScenario)
	if scenario == "" {
		return nil
	}
	number := func(name string) float64 {
		n, err := strconv.ParseFloat(os.Getenv(name), 64)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			os.Exit(1)
		}
		return n
	}
	seed := uint64(number(envSeed))
	return &Worker{
		Scenario: scenario,
		Dir:      os.Getenv(envDir),
		Argument: os.Getenv(envArgument),
		Seed:     seed,
		kill:     number(envKill),
		stop:     number(envStop),
		random:   rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // reproducible
	}
}

// Run runs the function of the scenario and returns the exit code.
func (w *Worker) Run(scenarios map[string]WorkerFunc) int {
	run, found := scenarios[w.Scenario]
	if !found {
		fmt.Fprintf(os.Stderr, "unknown scenario %q\n", w.Scenario)
		return 1
	}
	if err := run(context.Background(), w); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Checkpoint kills or stops the process, or does neither, depending on the seed.
// It fits issuance.Options.Checkpoint; other code may call it with further points.
func (w *Worker) Checkpoint(point string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch n := w.random.Float64(); {
	case n < w.kill:
		w.report(lineKill, point)
		w.signal(syscall.SIGKILL)
		select {} // until it takes effect
	case n < w.kill+w.stop:
		w.report(lineStop, point)
		w.signal(syscall.SIGSTOP)
	}
}

// Lines of a worker's output.
const (
	lineKill = "kill"
	lineStop = "stop"
)

// report sends a line to the test in a single write, so that a kill does not
// truncate it.
func (w *Worker) report(what, point string) {
	if _, err := fmt.Fprintf(os.Stdout, "%s %s\n", what, point); err != nil {
		os.Exit(1) // the test has exited
	}
}

func (w *Worker) signal(s syscall.Signal) {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// UntilIssued runs the loop until no application is in status Applying.
func UntilIssued(ctx context.Context, jobs store.Jobs, loop *issuance.Loop) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- loop.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		counts, err := jobs.Counts(ctx)
		if err != nil {
			return err
		}
		if counts.ByStatus[store.Applying] == 0 {
			cancel()
			return <-done
		}
		select {
		case err := <-done:
			return fmt.Errorf("loop stopped with %d applications open: %w", counts.ByStatus[store.Applying], err)
		case <-tick.C:
		}
	}
}
