package acme_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/operations"
)

// cessationOfOperation is a reason of RFC 5280, section 5.3.1.
const cessationOfOperation = 5

// A certificate is revoked with its reason, and a second revocation succeeds too.
func TestRevoke(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	a := r.newClient()
	certificate, other := r.issue(a, "www.example.com", operations.NS), r.issue(a, "shop.example.com", operations.NS)
	for range 2 {
		if err := a.Revoke(t.Context(), certificate); err != nil {
			t.Fatal(err)
		}
		if reason, revoked := r.pebble.Revoked(certificate); !revoked || reason != cessationOfOperation {
			t.Errorf("revoked: %v, reason %d", revoked, reason)
		}
	}
	if _, revoked := r.pebble.Revoked(other); revoked {
		t.Error("the other certificate is revoked too")
	}
}

func TestRevokeErrors(t *testing.T) {
	t.Parallel()
	revoke := func(status int, problem string) pebbletest.Response {
		return pebbletest.Response{Path: pebbletest.PathRevoke, Status: status, Body: `{"type":"urn:ietf:params:acme:error:` + problem + `","detail":"no"}`}
	}
	for _, c := range []struct {
		name     string
		response pebbletest.Response
		want     string // class of the error
	}{
		{"revoked already", revoke(400, "alreadyRevoked"), "none"},
		{"unauthorized", revoke(403, "unauthorized"), rejected},
		{"reason not accepted", revoke(400, "badRevocationReason"), rejected},
		{"rate limited", revoke(429, "rateLimited"), later},
		{"internal error", revoke(500, "serverInternal"), unavailable},
		{"web page", pebbletest.Response{Path: pebbletest.PathRevoke, Status: 502, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<p>"}, unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, pebbletest.Options{Intercept: pebbletest.Intercept(c.response)})
			if err := r.newClient().Revoke(t.Context(), leaf(t)); classOf(err) != c.want {
				t.Errorf("got %s: %v, want %s", classOf(err), err, c.want)
			}
		})
	}
	t.Run("unknown certificate", func(t *testing.T) {
		t.Parallel()
		if err := newFixture(t, pebbletest.Options{}).newClient().Revoke(t.Context(), leaf(t)); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("no revokeCert URL", func(t *testing.T) {
		t.Parallel()
		r := newFixture(t, pebbletest.Options{Intercept: func(w http.ResponseWriter, q *http.Request) bool {
			base := "https://" + q.Host
			return pebbletest.Intercept(pebbletest.Response{Path: pebbletest.PathDirectory, Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
				Body: `{"newNonce":"` + base + `/nonce-plz","newAccount":"` + base + `/sign-me-up","newOrder":"` + base + `/order-plz"}`})(w, q)
		}})
		if err := r.newClient().Revoke(t.Context(), leaf(t)); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v, want errors.ErrUnsupported", err)
		}
	})
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := newFixture(t, pebbletest.Options{}).newClient().Revoke(ctx, leaf(t)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}
