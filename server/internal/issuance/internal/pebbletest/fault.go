package pebbletest

import (
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/letsencrypt/pebble/v2/acme"
)

// Paths of requests, for Response.
const (
	PathDirectory   = "/dir"
	PathNewAccount  = pathAccount
	PathNewOrder    = pathNewOrder
	PathOrder       = pathOrder
	PathFinalize    = pathFinalize
	PathChallenge   = "/chalZ/"
	PathAuthorize   = "/authZ/"
	PathCertificate = "/certZ/"
	PathRevoke      = "/revoke-cert"
	PathRenewalInfo = "/draft-ietf-acme-ari-03/renewalInfo/"
)

// Response is an injected response that replaces Pebble's.
type Response struct {
	Path   string // path prefix of the requests
	Status int
	Header http.Header
	Body   string // a problem document, unless Header has a Content-Type
	Times  int64  // number of requests; 0 for all
}

// Intercept returns an Options.Intercept that sends the first matching response.
func Intercept(responses ...Response) func(http.ResponseWriter, *http.Request) bool {
	sent := make([]atomic.Int64, len(responses))
	return func(w http.ResponseWriter, r *http.Request) bool {
		for i, a := range responses {
			if !strings.HasPrefix(r.URL.Path, a.Path) || a.Times > 0 && sent[i].Add(1) > a.Times {
				continue
			}
			w.Header().Set("Content-Type", "application/problem+json")
			for name, values := range a.Header {
				w.Header()[name] = values
			}
			// The response has no nonce: none that Pebble would accept is available.
			w.WriteHeader(a.Status)
			_, _ = io.WriteString(w, a.Body)
			return true
		}
		return false
	}
}

// Deactivate deactivates an account, given its URL, on behalf of the authority.
func (p *Pebble) Deactivate(t testing.TB, url string) {
	t.Helper()
	id := url[strings.LastIndex(url, "/")+1:]
	held := p.accounts.GetAccountByID(id)
	if held == nil {
		t.Fatalf("account %s not found", url)
	}
	changed := *held
	changed.Status = acme.StatusDeactivated
	if err := p.accounts.UpdateAccountByID(id, &changed); err != nil {
		t.Fatal(err)
	}
}

// Revoked reports whether a certificate was revoked, and the reason (RFC 5280, section
// 5.3.1).
func (p *Pebble) Revoked(leaf *x509.Certificate) (reason uint, revoked bool) {
	held := p.accounts.GetRevokedCertificateByDER(leaf.Raw)
	if held == nil {
		return 0, false
	}
	if held.Reason != nil {
		reason = *held.Reason
	}
	return reason, true
}
