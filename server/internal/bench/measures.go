package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

const (
	unknownSite  = 7 // no account has it: SiteNotFound
	headroom     = 120_000
	connections  = 16
	applyConns   = 32
	applyAtMost  = 40_000
	quotaForever = store.Unlimited
)

// refused compares signed requests that a rule refuses with a handler of
// net/http that answers every request with the same bytes.
func refused(ctx context.Context, rounds int, round time.Duration) (result, error) {
	l := result{what: "signed and refused, 16 connections, against a bare handler", unit: "requests/s", target: 0.7}
	var serial atomic.Uint64
	err := withServer(ctx, ":memory:", func(address string, _ store.Store) error {
		return withBareHandler(ctx, func(bare string) error {
			for range rounds {
				for _, side := range []struct {
					address string
					into    *[]float64
				}{{address, &l.ours}, {bare, &l.baseline}} {
					count := int(float64(headroom) * max(round.Seconds(), 0.1))
					all, err := signed(count, address, unknownSite, func(int) string { return "www.example.com" }, &serial)
					if err != nil {
						return err
					}
					rate, err := send(ctx, side.address, all, connections, http.StatusBadRequest, round)
					if err != nil {
						return err
					}
					*side.into = append(*side.into, rate)
				}
			}
			return nil
		})
	})
	return l, err
}

// accepted compares signed requests that are stored with the same applications
// handed to the store directly.
func accepted(ctx context.Context, rounds int, round time.Duration) (result, error) {
	l := result{what: "signed and accepted, 32 connections, against the bare store", unit: "applies/s", target: 0.7}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return l, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // scratch: nothing rests on it
	var serial atomic.Uint64
	err = withServer(ctx, filepath.Join(dir, "server.db"), func(address string, _ store.Store) error {
		bare, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(dir, "bare.db")})
		if err != nil {
			return err
		}
		for range rounds {
			name := func(int) string { return "n" + strconv.FormatUint(serial.Add(1), 10) + ".example.com" }
			count := int(float64(applyAtMost) * max(round.Seconds(), 0.1))
			all, err := signed(count, address, servertest.SiteID, name, &serial)
			if err != nil {
				return errors.Join(err, bare.Close())
			}
			rate, err := send(ctx, address, all, applyConns, http.StatusOK, round)
			if err != nil {
				return errors.Join(err, bare.Close())
			}
			l.ours = append(l.ours, rate)
			if rate, err = applyDirectly(ctx, bare, name, round); err != nil {
				return errors.Join(err, bare.Close())
			}
			l.baseline = append(l.baseline, rate)
		}
		return bare.Close()
	})
	return l, err
}

// applyDirectly hands the store what the server would hand it.
func applyDirectly(ctx context.Context, s store.Store, name func(int) string, d time.Duration) (float64, error) {
	var (
		wg    sync.WaitGroup
		total atomic.Int64
		mu    sync.Mutex
		errs  []error
	)
	start := time.Now()
	deadline := start.Add(d)
	for range applyConns {
		wg.Go(func() {
			for time.Now().Before(deadline) {
				domain := name(0)
				var nonce store.NonceKey
				copy(nonce[:], domain)
				_, err := s.Apply(ctx, store.ApplyRequest{
					Account: servertest.AccountID, SiteID: servertest.SiteID, Domains: []string{domain}, Type: "lets_encrypt",
					RequestID: "00000000-0000-5000-8000-000000000001", At: time.Now(), Plan: "plan", Family: "lets_encrypt",
					Quota: quotaForever, DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
					Nonce: store.Nonce{Key: nonce, Expires: time.Now().Add(15 * time.Minute)},
				})
				if err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
					return
				}
				total.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(total.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

// benchConfig is one account with a site that may apply without end.
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

// withServer runs the whole server on a free port.
func withServer(ctx context.Context, path string, do func(address string, s store.Store) error) error {
	cfg, err := config.Parse([]byte(benchConfig), "bench")
	if err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		return err
	}
	srv, err := server.New(ctx, server.Options{Config: cfg, Store: db})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	err = listening(ctx, srv.Serve, func(address string) error { return do(address, db) })
	return errors.Join(err, db.Close())
}

// withBareHandler runs a handler that does nothing but answer, with as many
// bytes as a refusal has.
func withBareHandler(ctx context.Context, do func(address string) error) error {
	body := make([]byte, 380)
	for i := range body {
		body[i] = 'x'
	}
	h := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(body) // the client is gone if this fails
	})}
	serve := func(ctx context.Context, l net.Listener) error {
		go func() {
			<-ctx.Done()
			_ = h.Close() // ends Serve
		}()
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
	return listening(ctx, serve, do)
}

func listening(ctx context.Context, serve func(context.Context, net.Listener) error, do func(address string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- serve(ctx, l) }()
	err = do(l.Addr().String())
	cancel()
	if stopErr := <-done; stopErr != nil {
		err = errors.Join(err, fmt.Errorf("stop: %w", stopErr))
	}
	return err
}
