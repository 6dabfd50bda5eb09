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

// Plan says how a worker is treated.
type Plan struct {
	Scenario string // as in Worker.Run
	Dir      string
	Argument string
	Seed     uint64

	Kill         float64       // how likely it is to be killed at a checkpoint
	Stop         float64       // how likely it is to be stopped at a checkpoint
	StopDuration time.Duration // how long it is stopped; longer than the lease

	Starts  int           // at most so many; 0 for 500
	Timeout time.Duration // of all starts together; 0 for 5 minutes
}

// Result says what has happened.
type Result struct {
	Starts int
	Kills  map[string]int // by point
	Stops  map[string]int // by point
}

// Killed is how often the worker was killed.
func (r Result) Killed() int { return sum(r.Kills) }

// Stopped is how often the worker was stopped.
func (r Result) Stopped() int { return sum(r.Stops) }

func sum(m map[string]int) (n int) {
	for _, more := range m {
		n += more
	}
	return n
}

// Run starts the worker, again and again, until it has ended by itself with all
// work done.
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
	t.Fatalf("the work is not done after %d starts: %+v", r.Starts, r)
	return r
}

// start runs the worker once; it is true when the work is done.
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
	tooLong := time.AfterFunc(left, func() { _ = worker.Process.Kill() })
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
			time.Sleep(p.StopDuration) // what is tested is that this time passes
			if err := worker.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = worker.Wait()
	switch {
	case !tooLong.Stop():
		t.Fatalf("the work is not done after %v: %+v\n%s", p.Timeout, *r, stderr.String())
	case err != nil && !killed:
		t.Fatalf("the worker has ended by itself: %v\n%s", err, stderr.String())
	}
	return err == nil
}

// awaitStop waits until a process that has said so has stopped; a signal to go
// on that came before would leave it stopped for good. Without /proc, StopDuration
// has to be enough.
func awaitStop(pid int) {
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") T ") {
			return
		}
	}
}
