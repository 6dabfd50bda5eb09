package acme_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/operations"
)

func TestRenewal(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	a := r.newClient()
	first := r.issue(a, "www.example.com", operations.NS)
	info, err := a.RenewalInfo(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if !info.End.After(info.Start) || info.Start.Before(first.NotBefore) || info.End.After(first.NotAfter) || info.RetryAfter != 6*time.Hour {
		t.Errorf("got %+v, want a window within %v to %v and Retry-After of 6h", info, first.NotBefore, first.NotAfter)
	}

	renew := issuance.OrderRequest{ID: 1, Name: "www.example.com", Replaces: first}
	url, err := a.Order(t.Context(), renew)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Fulfill(t.Context(), newFulfillRequest(t, url, "www.example.com", operations.NS)); err != nil {
		t.Fatal(err)
	}
	// In this case the loop retries without Replaces.
	_, err = a.Order(t.Context(), renew)
	if got := wantRejected(t, err); got.Problem.Type != namespace+"alreadyReplaced" {
		t.Errorf("got %+v, want alreadyReplaced", got)
	}
}

func TestRenewalInfoErrors(t *testing.T) {
	t.Parallel()
	json := http.Header{"Content-Type": {"application/json"}}
	ari := func(status int, h http.Header, body string) []pebbletest.Response {
		return []pebbletest.Response{{Path: pebbletest.PathRenewalInfo, Status: status, Header: h, Body: body}}
	}
	for _, c := range []struct {
		name        string
		responses   []pebbletest.Response
		unsupported bool
		want        string // class of the error unless unsupported
	}{
		{name: "no renewalInfo URL", responses: []pebbletest.Response{{Path: pebbletest.PathDirectory, Status: 200, Header: json,
			Body: `{"newNonce":"https://a.test/n","newAccount":"https://a.test/a","newOrder":"https://a.test/o"}`}}, unsupported: true},
		{name: "unknown certificate", responses: ari(404, nil, `{"type":"urn:ietf:params:acme:error:malformed","detail":"no"}`), unsupported: true},
		{name: "rate limited", responses: ari(429, nil, `{"type":"urn:ietf:params:acme:error:rateLimited","detail":"no"}`), want: later},
		{name: "internal error", responses: ari(500, nil, `{"type":"urn:ietf:params:acme:error:serverInternal","detail":"no"}`), want: unavailable},
		{name: "web page", responses: ari(200, http.Header{"Content-Type": {"text/html"}}, `<p>`), want: unavailable},
		{name: "no window", responses: ari(200, json, `{}`), want: unavailable},
		{name: "window that ends before it starts", responses: ari(200, json, `{"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"}}`), want: unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, pebbletest.Options{Intercept: pebbletest.Intercept(c.responses...)})
			_, err := r.newClient().RenewalInfo(t.Context(), leaf(t))
			if errors.Is(err, errors.ErrUnsupported) != c.unsupported {
				t.Fatalf("got %v, want unsupported: %v", err, c.unsupported)
			}
			if !c.unsupported && classOf(err) != c.want {
				t.Errorf("got %s: %v, want %s", classOf(err), err, c.want)
			}
		})
	}
	t.Run("certificate without an authority key identifier", func(t *testing.T) {
		t.Parallel()
		c := leaf(t)
		c.AuthorityKeyId = nil
		if _, err := newFixture(t, pebbletest.Options{}).newClient().RenewalInfo(t.Context(), c); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v, want errors.ErrUnsupported", err)
		}
	})
}

// TestReplacesOmittedWithoutRenewalInfo checks that the field replaces is not
// sent to an authority without renewal information.
func TestReplacesOmittedWithoutRenewalInfo(t *testing.T) {
	t.Parallel()
	var requested []string
	r := newFixture(t, pebbletest.Options{Intercept: func(w http.ResponseWriter, q *http.Request) bool {
		requested = append(requested, q.URL.Path)
		if q.URL.Path != pebbletest.PathDirectory {
			return false
		}
		base := "https://" + q.Host
		return pebbletest.Intercept(pebbletest.Response{Path: pebbletest.PathDirectory, Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
			Body: `{"newNonce":"` + base + `/nonce-plz","newAccount":"` + base + `/sign-me-up","newOrder":"` + base + `/order-plz"}`})(w, q)
	}})
	a := r.newClient()
	if _, err := a.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com", Replaces: leaf(t)}); err != nil {
		t.Fatal(err)
	}
	r.issue(a, "www.example.com", operations.NS)
	for _, path := range requested {
		if strings.HasPrefix(path, pebbletest.PathRenewalInfo) {
			t.Errorf("unexpected request for %s", path)
		}
	}
}

// TestDownloadIsOneRequest checks that a download requests the chain only.
func TestDownloadIsOneRequest(t *testing.T) {
	t.Parallel()
	var renewals, chains int
	r := newFixture(t, pebbletest.Options{Intercept: func(_ http.ResponseWriter, q *http.Request) bool {
		if strings.HasPrefix(q.URL.Path, pebbletest.PathRenewalInfo) {
			renewals++
		}
		if strings.HasPrefix(q.URL.Path, pebbletest.PathCertificate) {
			chains++
		}
		return false
	}})
	r.issue(r.newClient(), "www.example.com", operations.NS)
	if renewals != 0 || chains != 1 {
		t.Errorf("got %d requests for renewal information and %d for chains, want 0 and 1", renewals, chains)
	}
}

func TestCanceledContext(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := r.newClient()
	_, first := a.Order(ctx, issuance.OrderRequest{ID: 1, Name: "www.example.com"})
	_, second := a.RenewalInfo(ctx, leaf(t))
	for _, err := range []error{first, second} {
		if !errors.Is(err, context.Canceled) || classOf(err) != "context" {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
}
