package directory

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

// remoteLookup returns a Lookup with a plan whose quota the handler provides.
func remoteLookup(t *testing.T, handler http.HandlerFunc) *Lookup {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	l := New(Data{Accounts: []Account{{ID: "1", Plans: []Plan{{ID: "p", QuotaURL: server.URL + "/quota"}}}}})
	l.tables().quotas[planKey{"1", "p"}].remote.timeout = time.Minute // for a busy machine
	return l
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
		{"additional members", 200, `{"plan": "p", "limit": 7, "used": 3}`, 7, ""},
		{"negative", 200, `{"limit": -1}`, 0, `no "limit" that is a non-negative number`},
		{"fraction", 200, `{"limit": 1.5}`, 0, `no "limit"`},
		{"string", 200, `{"limit": "7"}`, 0, `no "limit"`},
		{"null", 200, `{"limit": null}`, 0, `no "limit"`},
		{"missing", 200, `{}`, 0, `no "limit"`},
		{"number only", 200, `7`, 0, "not a JSON object"},
		{"HTML", 200, `<html>`, 0, "not a JSON object"},
		{"empty", 200, ``, 0, "not a JSON object"},
		{"endless", 200, `{"limit": 1, "x": "` + strings.Repeat("x", 8<<10) + `"}`, 0, "not a JSON object"},
		{"status 500", 500, `{"limit": 1}`, 0, "status 500"},
		{"status 204", 204, ``, 0, "status 204"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := remoteLookup(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Method + " " + r.URL.String(); got != "GET /quota?account=1&family=lets_encrypt&plan=p" {
					t.Errorf("request %s", got)
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
	if got, err := newRemoteQuotas().fetch(t.Context(), "http://127.0.0.1:1", "1", "p", "lets_encrypt"); err == nil {
		t.Errorf("unreachable source: quota %d", got)
	}
	if got, err := newRemoteQuotas().fetch(t.Context(), "http://[", "1", "p", "lets_encrypt"); err == nil {
		t.Errorf("invalid URL: quota %d", got)
	}
}

// The timeout applies even if the caller's context has no deadline.
func TestRemoteQuotaTimeout(t *testing.T) {
	t.Parallel()
	if quotaTimeout != 2*time.Second {
		t.Errorf("timeout %v", quotaTimeout)
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
	if _, err := remote.fetch(t.Context(), server.URL, "1", "p", "lets_encrypt"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return r(q) }

// A connection may report its deadline before the context does.
func TestRemoteQuotaTimeoutOfConnection(t *testing.T) {
	t.Parallel()
	remote := newRemoteQuotas()
	remote.timeout = 20 * time.Millisecond
	remote.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, os.ErrDeadlineExceeded
	})
	if _, err := remote.fetch(t.Context(), "http://quota.example", "1", "p", "lets_encrypt"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// A truncated response is an error, even if its beginning is valid JSON.
func TestRemoteQuotaTruncatedResponse(t *testing.T) {
	t.Parallel()
	d := remoteLookup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"limit": 5}`)
	})
	if got, err := d.Quota(t.Context(), "1", "p", "digicert"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d, %v", got, err)
	}
}
