//go:build unix

package crashtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Plan describes how a worker is run and interrupted.
type Plan struct {
	Scenario string // as in Worker.Run
	Dir      string
	Argument string
	Seed     uint64

	Kill         float64       // probability of a kill at a checkpoint
	Stop         float64       // probability of a stop at a checkpoint
	StopDuration time.Duration // duration of a stop; longer than the lease

	Starts  int           // maximum number of starts; 0 for 500
	Timeout time.Duration // timeout of all starts together; 0 for 5 minutes
}

// Result counts what happened in a run.
type Result struct {
	Starts int
	Kills  map[string]int // by checkpoint
	Stops  map[string]int // by checkpoint
}

// Killed returns the number of kills.
func (r Result) Killed() int { return sum(r.Kills) }

// Stopped returns the number of stops.
func (r Result) Stopped() int { return sum(r.Stops) }

func sum(m map[string]int) (n int) {
	for _, more := range m {
		n += more
	}
	return n
}

// Run restarts the worker until it exits with all work done.
func Run(t testing.TB, p Plan) Result {
	t.Helper()
	if p.Starts == 0 {
		p.Starts = 500
	}
	if p.Timeout == 0 {
		p.Timeout = 5 * time.Minute
	}
	r := Result{Kills: map[string]int{}, Stops: map[string]int{}}
	until := time.Now().Add(p.Timeout)
	for r.Starts < p.Starts {
		r.Starts++
		if r.start(t, p, time.Until(until)) {
			return r
		}
	}
	t.Fatalf("work not done after %d starts: %+v", r.Starts, r)
	return r
}

// start runs the worker once and reports whether all work is done.
func (r *Result) start(t testing.TB, p Plan, left time.Duration) bool {
	t.Helper()
	worker := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this very program
	worker.Env = append(os.Environ(),
		envScenario+"="+p.Scenario, envDir+"="+p.Dir, envArgument+"="+p.Argument,
		fmt.Sprintf("%s=%d", envSeed, p.Seed<<16+uint64(r.Starts)),
		fmt.Sprintf("%s=%v", envKill, p.Kill), fmt.Sprintf("%s=%v", envStop, p.Stop))
	var stderr strings.Builder
	worker.Stderr = &stderr
	stdout, err := worker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	timeout := time.AfterFunc(left, func() { _ = worker.Process.Kill() })
	killed := false
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		what, point, _ := strings.Cut(lines.Text(), " ")
		switch what {
		case lineKill:
			killed = true
			r.Kills[point]++
		case lineStop:
			r.Stops[point]++
			awaitStop(worker.Process.Pid)
			time.Sleep(p.StopDuration) // the lease expires during this time
			if err := worker.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = worker.Wait()
	switch {
	case !timeout.Stop():
		t.Fatalf("work not done after %v: %+v\n%s", p.Timeout, *r, stderr.String())
	case err != nil && !killed:
		t.Fatalf("worker failed: %v\n%s", err, stderr.String())
	}
	return err == nil
}

// awaitStop waits until a process that has announced its stop is stopped. A
// SIGCONT before the stop would have no effect, and the process would remain
// stopped. Without /proc, awaitStop returns immediately, and StopDuration must be
// long enough.
func awaitStop(pid int) {
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") T ") {
			return
		}
	}
}
