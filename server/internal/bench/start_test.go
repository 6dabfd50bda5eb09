package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/store/sqlite"
)

// Start-up is short, so that a round measures it several times.
const startsPerRound = 4

// BenchmarkStartInTest measures what servertest.New does: parse the example,
// open a store in memory and create the server.
func BenchmarkStartInTest(b *testing.B) {
	starts(b, 5, func() time.Duration {
		begin := time.Now()
		cfg, err := config.Parse(config.Example(), "example")
		if err != nil {
			b.Fatal(err)
		}
		db, err := sqlite.Open(b.Context(), sqlite.Config{Path: ":memory:"})
		if err != nil {
			b.Fatal(err)
		}
		_, err = core.New(b.Context(), core.Options{Config: cfg, Store: db})
		elapsed := time.Since(begin)
		closeAfter(b, err, db)
		return elapsed
	})
}

// BenchmarkStartAsProcess measures esacertd from its start to its ready line,
// with the built-in example and a new store on disk.
func BenchmarkStartAsProcess(b *testing.B) {
	dir := b.TempDir()
	bin := filepath.Join(dir, "esacertd")
	build := exec.CommandContext(b.Context(), "go", "build", "-o", bin, "github.com/esacert/esacert/server/cmd/esacertd")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build esacertd: %v: %s", err, out)
	}
	stores := 0
	starts(b, 50, func() time.Duration {
		stores++
		return startOnce(b, bin, filepath.Join(dir, fmt.Sprint(stores, ".db")))
	})
}

func startOnce(b *testing.B, bin, db string) time.Duration {
	b.Helper()
	command := exec.CommandContext(b.Context(), bin, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", db)
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	_, readErr := bufio.NewReader(out).ReadBytes('\n')
	elapsed := time.Since(begin)
	if err := command.Process.Signal(os.Interrupt); err != nil {
		b.Error(err)
	}
	if err := command.Wait(); err != nil || readErr != nil {
		b.Fatalf("exit: %v; read ready line: %v", err, readErr)
	}
	return elapsed
}

// starts reports the median start-up time and the target, in milliseconds.
func starts(b *testing.B, target float64, start func() time.Duration) {
	b.Helper()
	var times []float64
	for b.Loop() {
		for range startsPerRound {
			times = append(times, milliseconds(start()))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(times), "ms")
	b.ReportMetric(target, "target")
}
