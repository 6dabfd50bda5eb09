package config

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// source is a plan whose quota is asked from the handler.
func source(t *testing.T, handler http.HandlerFunc) *Directory {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg := Default()
	cfg.Accounts = []Account{{ID: "1", Plans: []Plan{{ID: "p", QuotaURL: server.URL + "/quota"}}}}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d := cfg.Directory()
	d.tables().quotas[planKey{"1", "p"}].remote.timeout = time.Minute // for a busy machine
	return d
}

func TestRemoteQuota(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   int
		err    string // part of the error; "" for none
	}{
		{"number", 200, `{"limit": 100}`, 100, ""},
		{"zero", 200, `{"limit": 0}`, 0, ""},
		{"unlimited", 200, `{"limit": "unlimited"}`, store.Unlimited, ""},
		{"more than asked", 200, `{"plan": "p", "limit": 7, "used": 3}`, 7, ""},
		{"negative", 200, `{"limit": -1}`, 0, `no "limit" that is a number`},
		{"fraction", 200, `{"limit": 1.5}`, 0, `no "limit"`},
		{"text", 200, `{"limit": "7"}`, 0, `no "limit"`},
		{"null", 200, `{"limit": null}`, 0, `no "limit"`},
		{"left out", 200, `{}`, 0, `no "limit"`},
		{"no object", 200, `7`, 0, "no JSON object"},
		{"HTML", 200, `<html>`, 0, "no JSON object"},
		{"nothing", 200, ``, 0, "no JSON object"},
		{"endless", 200, `{"limit": 1, "x": "` + strings.Repeat("x", 8<<10) + `"}`, 0, "no JSON object"},
		{"status 500", 500, `{"limit": 1}`, 0, "status 500"},
		{"status 204", 204, ``, 0, "status 204"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := source(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Method + " " + r.URL.String(); got != "GET /quota?account=1&family=lets_encrypt&plan=p" {
					t.Errorf("asked with %s", got)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			got, err := d.Quota(t.Context(), "1", "p", "lets_encrypt")
			if c.err == "" {
				if err != nil || got != c.want {
					t.Errorf("got %d, %v; want %d", got, err, c.want)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %d, %v; want %q", got, err, c.err)
			}
		})
	}
}

func TestRemoteQuotaUnreachable(t *testing.T) {
	t.Parallel()
	if got, err := newRemoteQuotas().ask(t.Context(), "http://127.0.0.1:1", "1", "p", "lets_encrypt"); err == nil {
		t.Errorf("a source that is not there says %d", got)
	}
	if got, err := newRemoteQuotas().ask(t.Context(), "http://[", "1", "p", "lets_encrypt"); err == nil {
		t.Errorf("a URL that is none says %d", got)
	}
}

// A source that does not answer is given up after the time-out, and not only
// when the caller gives up.
func TestRemoteQuotaTimeout(t *testing.T) {
	t.Parallel()
	if quotaTimeout != 2*time.Second {
		t.Errorf("the time-out is %v", quotaTimeout)
	}
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}))
	defer server.Close()
	defer close(release)
	remote := newRemoteQuotas()
	remote.timeout = 20 * time.Millisecond
	if _, err := remote.ask(t.Context(), server.URL, "1", "p", "lets_encrypt"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return r(q) }

// A connection may notice the end of its time before the context does.
func TestRemoteQuotaTimeoutOfConnection(t *testing.T) {
	t.Parallel()
	remote := newRemoteQuotas()
	remote.timeout = 20 * time.Millisecond
	remote.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, os.ErrDeadlineExceeded
	})
	if _, err := remote.ask(t.Context(), "http://quota.example", "1", "p", "lets_encrypt"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// An answer that breaks off is an error, even if its beginning would do.
func TestRemoteQuotaCutAnswer(t *testing.T) {
	t.Parallel()
	d := source(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"limit": 5}`)
	})
	if got, err := d.Quota(t.Context(), "1", "p", "digicert"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d, %v", got, err)
	}
}
