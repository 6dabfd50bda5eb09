package core

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// authorities is a fake that calls revoke for each revocation and records them.
type authorities struct {
	revoke func(ctx context.Context) error

	mu     sync.Mutex
	begun  []string
	active int
	most   int
}

func (a *authorities) RevokeCertificate(ctx context.Context, authority string, leaf *x509.Certificate) error {
	a.mu.Lock()
	a.begun = append(a.begun, authority+"/"+leaf.SerialNumber.Text(16))
	a.active++
	a.most = max(a.most, a.active)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.active--
	}()
	return a.revoke(ctx)
}

func startRevoker(a Authorities, log *strings.Builder) *revoker {
	r := newRevoker(slog.New(slog.NewJSONHandler(log, nil)))
	r.authorities.Store(&a)
	return r
}

func leafOf(serial int64) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(serial)}
}

// The result of a revocation is logged, whatever it is, and the caller does not wait
// for it.
func TestRevocationIsLogged(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		revoke func(ctx context.Context) error
		want   []string
		takes  time.Duration
	}{
		{"revoked", func(context.Context) error { return nil }, []string{`"level":"INFO","msg":"deleted certificate revoked"`}, 0},
		{"slow", func(context.Context) error { time.Sleep(7 * time.Second); return nil }, []string{`"msg":"deleted certificate revoked"`}, 7 * time.Second},
		{"authority down", func(context.Context) error { return errors.New("connection refused") },
			[]string{`"level":"ERROR","msg":"deleted certificate not revoked; revoke it at the authority"`, `"error":"connection refused"`}, 0},
		{"unsupported", func(context.Context) error { return errors.ErrUnsupported }, []string{`"level":"WARN"`, "does not revoke certificates"}, 0},
		{"no response", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, []string{`"level":"ERROR"`, "context deadline exceeded"}, revocationTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				a, start := &authorities{revoke: tc.revoke}, time.Now()
				r := startRevoker(a, &log)
				r.Revoke(7, "letsencrypt", leafOf(0xabc))
				if took := time.Since(start); took != 0 {
					t.Errorf("Revoke took %v", took)
				}
				r.done.Wait()
				if took := time.Since(start); took != tc.takes || !slices.Equal(a.begun, []string{"letsencrypt/abc"}) {
					t.Errorf("%q took %v, want %v", a.begun, took, tc.takes)
				}
				for _, want := range append(tc.want, `"application":7,"authority":"letsencrypt","serial":"abc"`) {
					if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), want) {
						t.Errorf("the log lacks %s: %s", want, log.String())
					}
				}
				r.close()
			})
		})
	}
}

// Without authorities, nothing is revoked or logged.
func TestRevocationIsOff(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	r := newRevoker(slog.New(slog.NewJSONHandler(&log, nil)))
	r.Revoke(7, "letsencrypt", leafOf(1))
	r.close()
	if log.Len() != 0 {
		t.Error(log.String())
	}
}

// A few revocations run at a time. When too many wait, further ones are logged and not
// made.
func TestRevocationsAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		a := &authorities{revoke: func(context.Context) error { time.Sleep(time.Second); return nil }}
		r := startRevoker(a, &log)
		for i := range pendingRevocations {
			r.Revoke(int64(i), "letsencrypt", leafOf(int64(i)))
		}
		r.Revoke(-1, "letsencrypt", leafOf(1))
		r.done.Wait()
		if !strings.Contains(log.String(), `"application":-1,"authority":"letsencrypt","serial":"1","error":"`+errTooManyRevocations.Error()) {
			t.Error("the log lacks the revocation that was not made")
		}
		if len(a.begun) != pendingRevocations || a.most != concurrentRevocations {
			t.Errorf("%d revocations, %d at a time", len(a.begun), a.most)
		}
		r.Revoke(-2, "letsencrypt", leafOf(2))
		r.done.Wait()
		if len(a.begun) != pendingRevocations+1 {
			t.Error("no revocation after the others ended")
		}
		r.close()
	})
}

// A server that stops waits for revocations for a limited time, and logs those that it
// gives up.
func TestCloseWaitsForRevocations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		a := &authorities{revoke: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		r := startRevoker(a, &log)
		const n = concurrentRevocations + 3
		for i := range n {
			r.Revoke(int64(i), "letsencrypt", leafOf(int64(i)))
		}
		synctest.Wait()
		start := time.Now()
		r.close()
		if took := time.Since(start); took != revocationGrace {
			t.Errorf("close took %v, want %v", took, revocationGrace)
		}
		if got := strings.Count(log.String(), "not revoked"); got != n || len(a.begun) != concurrentRevocations {
			t.Errorf("%d begun, %d reported, want %d: %s", len(a.begun), got, n, log.String())
		}
		r.Revoke(99, "letsencrypt", leafOf(99))
		if !strings.Contains(log.String(), `"application":99`) || len(a.begun) != concurrentRevocations {
			t.Errorf("after close: %q, %s", a.begun, log.String())
		}
		r.close()
	})
}
