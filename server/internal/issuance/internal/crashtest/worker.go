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

// Variables by which a process knows that it is a worker.
const (
	envScenario = "ESACERT_CRASHTEST_SCENARIO"
	envDir      = "ESACERT_CRASHTEST_FOLDER"
	envArgument = "ESACERT_CRASHTEST_ARGUMENT"
	envSeed     = "ESACERT_CRASHTEST_SEED"
	envKill     = "ESACERT_CRASHTEST_KILL"
	envStop     = "ESACERT_CRASHTEST_STOP"
)

// WorkerFunc is what a worker does. It returns when all work is done.
type WorkerFunc func(ctx context.Context, w *Worker) error

// Worker is the process that is killed and stopped.
type Worker struct {
	Scenario string
	Dir      string // the same for each start; for the database, the keys, what must last
	Argument string // of the plan
	Seed     uint64 // another one for each start

	kill, stop float64
	mu         sync.Mutex
	random     *rand.Rand
}

// Child is the worker that this process was started as, or nil.
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
		random:   rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // to be the same each time
	}
}

// Run runs the body of the scenario and gives the exit code.
func (w *Worker) Run(bodies map[string]WorkerFunc) int {
	body, found := bodies[w.Scenario]
	if !found {
		fmt.Fprintf(os.Stderr, "there is no scenario %q\n", w.Scenario)
		return 1
	}
	if err := body(context.Background(), w); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Checkpoint kills or stops the process, or does neither, by the seed. It is
// made for issuer.Options.Checkpoint; other code may call it with points of its
// own.
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

// Lines that a worker writes.
const (
	lineKill = "kill"
	lineStop = "stop"
)

// say tells the test, with one write, so that a kill leaves no half line.
func (w *Worker) report(what, point string) {
	if _, err := fmt.Fprintf(os.Stdout, "%s %s\n", what, point); err != nil {
		os.Exit(1) // the test is gone
	}
}

func (w *Worker) signal(s syscall.Signal) {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// UntilIssued runs the loop until no application is Applying any more.
func UntilIssued(ctx context.Context, jobs store.Jobs, loop *issuance.Loop) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		counts, err := jobs.Counts(ctx)
		if err != nil {
			return err
		}
		if counts.ByStatus[store.Applying] == 0 {
			cancel()
			return <-ended
		}
		select {
		case err := <-ended:
			return fmt.Errorf("the loop has ended with %d applications open: %w", counts.ByStatus[store.Applying], err)
		case <-tick.C:
		}
	}
}
