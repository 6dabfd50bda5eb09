package bench

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

const (
	unknownSite     = 7 // no account has it: SiteNotFound
	rejectedConns   = 16
	acceptedConns   = 32
	rejectedPrepare = 120_000 // requests signed ahead for a round: more than it can send
	acceptedPrepare = 40_000
)

// BenchmarkRejected compares signed requests that a rule rejects with a net/http
// handler that responds to every request with the same bytes.
func BenchmarkRejected(b *testing.B) {
	address := startServer(b, ":memory:")
	bare := startBareHandler(b)
	var serial atomic.Uint64
	rate := func(address string) float64 {
		domain := func() string { return "www.example.com" }
		requests := sign(b, rejectedPrepare, address, unknownSite, domain, &serial)
		return requests.send(b, address, rejectedConns, http.StatusBadRequest)
	}
	var p pairs
	for b.Loop() {
		p.server = append(p.server, rate(address))
		p.baseline = append(p.baseline, rate(bare))
	}
	p.report(b, 0.7, "requests/s")
}

// BenchmarkAccepted compares signed requests that are stored durably with the
// same applications passed directly to a store.
func BenchmarkAccepted(b *testing.B) {
	dir := b.TempDir()
	address := startServer(b, filepath.Join(dir, "server.db"))
	bare := openStore(b, filepath.Join(dir, "bare.db"))
	var serial atomic.Uint64
	domain := func() string { return "n" + strconv.FormatUint(serial.Add(1), 10) + ".example.com" }
	var p pairs
	for b.Loop() {
		requests := sign(b, acceptedPrepare, address, servertest.SiteID, domain, &serial)
		p.server = append(p.server, requests.send(b, address, acceptedConns, http.StatusOK))
		p.baseline = append(p.baseline, applyDirectly(b, bare, domain))
	}
	p.report(b, 0.7, "applies/s")
}

// applyDirectly passes the store what the server would pass it, and returns the
// applications stored per second.
func applyDirectly(b *testing.B, s store.Store, domain func() string) float64 {
	b.Helper()
	var (
		wg    sync.WaitGroup
		total atomic.Int64
	)
	start := time.Now()
	deadline := start.Add(roundTime)
	for range acceptedConns {
		wg.Go(func() {
			for time.Now().Before(deadline) {
				name := domain()
				var nonce store.NonceKey
				copy(nonce[:], name)
				_, err := s.Apply(b.Context(), store.ApplyRequest{
					Account: servertest.AccountID, SiteID: servertest.SiteID, Domains: []string{name}, Type: "lets_encrypt",
					RequestID: "00000000-0000-5000-8000-000000000001", At: time.Now(), Plan: "plan", Family: "lets_encrypt",
					Quota: store.Unlimited, DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
					Nonce: store.Nonce{Key: nonce, Expires: time.Now().Add(15 * time.Minute)},
				})
				if err != nil {
					b.Error(err)
					return
				}
				total.Add(1)
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return float64(total.Load()) / time.Since(start).Seconds()
}

// benchConfig is one account with a site of unlimited quota.
const benchConfig = `
nonces:
  capacity: 20000000
accounts:
  - id: "1000000000000001"
    access_keys:
      - {id: testid, secret: testsecret}
    plans:
      - {id: plan, quotas: {lets_encrypt: unlimited, digicert: unlimited}, records: unlimited}
    sites:
      - {id: 1234567890123, name: example.com, access: NS, status: active, plan: plan}
`

func openStore(b *testing.B, path string) store.JobStore {
	b.Helper()
	db, err := sqlite.Open(b.Context(), sqlite.Config{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { closeAfter(b, nil, db) })
	return db
}

// closeAfter reports err and the error of closing c.
func closeAfter(b *testing.B, err error, c io.Closer) {
	b.Helper()
	if err := errors.Join(err, c.Close()); err != nil {
		b.Error(err)
	}
}

// startServer serves benchConfig on a free port until the benchmark ends, and
// returns the address.
func startServer(b *testing.B, path string) string {
	b.Helper()
	cfg, err := config.Parse([]byte(benchConfig), "bench")
	if err != nil {
		b.Fatal(err)
	}
	srv, err := core.New(b.Context(), core.Options{Config: cfg, Store: openStore(b, path)})
	if err != nil {
		b.Fatal(err)
	}
	return listen(b, srv.Serve)
}

// startBareHandler serves a handler that only writes as many bytes as a
// rejection has, and returns the address.
func startBareHandler(b *testing.B) string {
	b.Helper()
	body := make([]byte, 380)
	for i := range body {
		body[i] = 'x'
	}
	h := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(body) // fails only if the client has disconnected
	})}
	return listen(b, func(ctx context.Context, l net.Listener) error {
		defer context.AfterFunc(ctx, func() { _ = h.Close() })() // ends Serve
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}

// listen calls serve with a listener on a free loopback port, ends it when the
// benchmark ends, and returns the address.
func listen(b *testing.B, serve func(context.Context, net.Listener) error) string {
	b.Helper()
	l, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	done := make(chan error, 1)
	go func() { done <- serve(ctx, l) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}
