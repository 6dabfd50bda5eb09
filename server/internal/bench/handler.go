package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/store/sqlite"
)

// allocations counts those of the handler alone, signature included, for a
// request that a rule refuses.
func allocations(ctx context.Context, _ int, _ time.Duration) (result, error) {
	l := result{what: "allocations of the handler alone, signature included", target: 30, atMost: true}
	srv, err := inMemory(ctx)
	if err != nil {
		return l, err
	}
	const runs = 2000
	var serial atomic.Uint64
	all, err := signed(runs+1, "127.0.0.1:80", unknownSite, func(int) string { return "www.example.com" }, &serial)
	if err != nil {
		return l, err
	}
	received := make([]*http.Request, 0, len(all.wire))
	for _, wire := range all.wire {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
		if err != nil {
			return l, err
		}
		r.RemoteAddr = "127.0.0.1:1"
		received = append(received, r)
	}
	w := &discardResponse{header: http.Header{}}
	next := 0
	perRun := testing.AllocsPerRun(runs, func() {
		srv.ServeHTTP(w, received[next])
		next++
	})
	if w.status != http.StatusBadRequest {
		return l, fmt.Errorf("the handler answered %d", w.status)
	}
	l.ours = []float64{perRun}
	return l, nil
}

// discardResponse is a ResponseWriter that keeps nothing and allocates nothing.
type discardResponse struct {
	header http.Header
	status int
}

func (d *discardResponse) Header() http.Header         { return d.header }
func (d *discardResponse) Write(p []byte) (int, error) { return len(p), nil }
func (d *discardResponse) WriteHeader(status int)      { d.status = status }

func inMemory(ctx context.Context) (*server.Server, error) {
	cfg, err := config.Parse([]byte(benchConfig), "bench")
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, sqlite.Config{Path: ":memory:"})
	if err != nil {
		return nil, err
	}
	return server.New(ctx, server.Options{Config: cfg, Store: db})
}

// startInTest times what servertest.New does: the example read, a store opened
// in memory, the server made, and closed again.
func startInTest(ctx context.Context, rounds int, _ time.Duration) (result, error) {
	l := result{what: "ready to answer in a Go test, milliseconds", target: 5, atMost: true}
	for range 10 * rounds {
		start := time.Now()
		cfg, err := config.Parse(config.Example(), "example")
		if err != nil {
			return l, err
		}
		db, err := sqlite.Open(ctx, sqlite.Config{Path: ":memory:"})
		if err != nil {
			return l, err
		}
		if _, err := server.New(ctx, server.Options{Config: cfg, Store: db}); err != nil {
			return l, errors.Join(err, db.Close())
		}
		l.ours = append(l.ours, float64(time.Since(start).Microseconds())/1000)
		if err := db.Close(); err != nil {
			return l, err
		}
	}
	return l, nil
}

// startAsProcess times esacertd from its start to its ready line, with the
// built-in example and a store on disk.
func startAsProcess(ctx context.Context, rounds int, _ time.Duration) (result, error) {
	l := result{what: "ready to answer as a process, milliseconds", target: 50, atMost: true}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return l, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // scratch: nothing rests on it
	bin := filepath.Join(dir, "esacertd")
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, "github.com/esacert/esacert/server/cmd/esacertd")
	if out, err := build.CombinedOutput(); err != nil {
		return l, fmt.Errorf("build esacertd: %w: %s", err, out)
	}
	for i := range 4 * rounds {
		took, err := startOnce(ctx, bin, filepath.Join(dir, fmt.Sprint(i, ".db")))
		if err != nil {
			return l, err
		}
		l.ours = append(l.ours, float64(took.Microseconds())/1000)
	}
	return l, nil
}

func startOnce(ctx context.Context, bin, db string) (time.Duration, error) {
	command := exec.CommandContext(ctx, bin, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", db)
	out, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	_, err = bufio.NewReader(out).ReadBytes('\n')
	took := time.Since(start)
	err = errors.Join(err, command.Process.Signal(os.Interrupt))
	return took, errors.Join(err, command.Wait())
}
