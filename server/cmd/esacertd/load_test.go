//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// memory reads a value of /proc/PID/status, in bytes: VmRSS is the memory in
// use, VmHWM its maximum so far.
func (d *daemon) memory(t *testing.T, name string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			kib, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("no %s in %s", name, status)
	return 0
}

// flood sends the same bytes on many connections and leaves them open until the
// server closes them or the wait is over.
func flood(t *testing.T, url string, connections int, octets []byte) {
	t.Helper()
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Error(err)
			}
			_, _ = conn.Write(octets) // the server may close the connection first
			_, _ = io.Copy(io.Discard, conn)
		})
	}
	wg.Wait()
}

// Callers without a key cannot exhaust memory: 100 connections, each sending an
// endless header or the maximum allowed.
func TestMemoryWithoutAKey(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector multiplies memory; without -short it is measured")
	}
	const most = 100 << 20
	var tiny, large bytes.Buffer
	tiny.WriteString("POST / HTTP/1.1\r\nHost: esa.test\r\n")
	for i := 0; tiny.Len() < 2_100_000; i++ {
		fmt.Fprintf(&tiny, "X%d:\r\n", i)
	}
	large.WriteString("POST /?" + strings.Repeat("a", 64_000) + " HTTP/1.1\r\nHost: esa.test\r\n")
	for i := range 190 {
		fmt.Fprintf(&large, "X%d:%s\r\n", i, strings.Repeat("a", 330))
	}
	pipelined := "POST / HTTP/1.1\r\nHost: esa.test\r\n\r\n"
	body := "POST / HTTP/1.1\r\nHost: esa.test\r\nContent-Length: 1048576\r\n\r\n" + strings.Repeat("a", 1_048_000)
	for _, c := range []struct {
		name, octets string
		connections  int
	}{
		{"tiny fields", tiny.String(), 100},
		{"tiny fields after a request", pipelined + tiny.String(), 100},
		{"URL and header as large as allowed", large.String(), 100},
		{"a URL without end", "POST /?" + strings.Repeat("a&", 1_050_000), 100},
		{"one field without end", "POST / HTTP/1.1\r\nX: " + strings.Repeat("a", 2_100_000), 100},
		{"a body as large as allowed, without its end", body, 100},
	} {
		for _, admin := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, admin %v", c.name, admin), func(t *testing.T) {
				d := start(t)
				url := d.ready.Listen
				if admin {
					url = d.ready.Admin
				}
				before := d.memory(t, "VmRSS")
				flood(t, url, c.connections, []byte(c.octets))
				grown := d.memory(t, "VmHWM") - before
				t.Logf("%d connections, %d octets each: %.1f MB before, grown by %.1f MB", c.connections, len(c.octets), float64(before)/1e6, float64(grown)/1e6)
				if grown > most {
					t.Errorf("the process has grown by %d bytes, more than %d", grown, most)
				}
				if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com")); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// startLimited runs esacertd with few file descriptors.
func startLimited(t *testing.T, descriptors int, args ...string) *daemon {
	t.Helper()
	path, err := exec.LookPath("esacertd")
	if err != nil {
		t.Fatal(err)
	}
	return startCommand(t, nil, []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, descriptors), path}, args...)
}

// slow keeps connections busy with requests that never end. A connection that
// the server closes is replaced, until ctx is done.
func slow(ctx context.Context, wg *sync.WaitGroup, url string, connections int, octets string) {
	for range connections {
		wg.Go(func() {
			for ctx.Err() == nil {
				conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
				if err != nil {
					continue
				}
				stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
				_, _ = io.WriteString(conn, octets)
				_, _ = io.Copy(io.Discard, conn) // until the server closes it
				stop()
				_ = conn.Close()
				pause(ctx, 200*time.Millisecond)
			}
		})
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// served is the time within which a caller must be served, on a busy machine.
// On an idle machine it takes less than a second.
const served = 5 * time.Second

// persist repeats a call as long as its connection is closed, as a caller
// would: on a busy machine a request may arrive so slowly that the server drops
// it.
func persist(ctx context.Context, call func(context.Context) error) error {
	for {
		err := call(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// With 200 descriptors and 400 slow connections, callers of the API and of the
// admin API are served. Without the limit they would not be, until the slow
// connections time out after 10 s.
func TestSlowConnectionsLockNobodyOut(t *testing.T) {
	const connections = 400
	head := "POST / HTTP/1.1\r\nHost: esa.test\r\n"
	for _, c := range []struct {
		name, octets string
		admin        bool
	}{
		{"silent", "", false},
		{"without the end of the header", head, false},
		{"without a body", head + "Content-Length: 100\r\n\r\n", false},
		{"idle", head + "\r\n", false},
		{"on the admin listener", head, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := startLimited(t, 200)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			defer wg.Wait()
			defer cancel()
			url := d.ready.Listen
			if c.admin {
				url = d.ready.Admin
			}
			slow(ctx, &wg, url, connections, c.octets)
			pause(ctx, 500*time.Millisecond) // wait until all are connected
			var slowest time.Duration
			for i := range 5 {
				for name, call := range map[string]func(context.Context) error{
					"the API": func(ctx context.Context) error {
						_, err := d.client(t).ApplyCertificate(ctx, input(fmt.Sprintf("n%d.example.com", i)))
						return err
					},
					"/healthz": func(ctx context.Context) error { return healthy(ctx, d.ready.Admin) },
				} {
					limited, done := context.WithTimeout(ctx, served)
					begun := time.Now()
					if err := persist(limited, call); err != nil {
						t.Errorf("%s: %v after %v", name, err, time.Since(begun))
					}
					done()
					slowest = max(slowest, time.Since(begun))
				}
			}
			t.Logf("%d slow connections, 200 descriptors: the slowest of 10 calls took %v", connections, slowest)
			cancel()
			wg.Wait()
			if err := d.stop(t, os.Interrupt); err != nil {
				t.Errorf("the server exited with %v", err)
			}
			if log := d.log.String(); !strings.Contains(log, "connection limit reached") || strings.Count(log, "connection limit reached") > 4 {
				t.Errorf("the log is %s", log)
			}
		})
	}
}

func healthy(ctx context.Context, admin string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, admin+"/healthz", nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}
