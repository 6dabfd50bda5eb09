package pebbletest

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/letsencrypt/pebble/v2/acme"
)

// Paths of requests, for Answer.
const (
	PathDirectory   = "/dir"
	PathNewAccount  = pathAccount
	PathNewOrder    = pathNewOrder
	PathOrder       = pathOrder
	PathFinalize    = pathFinalize
	PathChallenge   = "/chalZ/"
	PathAuthorize   = "/authZ/"
	PathCertificate = "/certZ/"
	PathRenewalInfo = "/draft-ietf-acme-ari-03/renewalInfo/"
)

// Response is what is answered in the authority's place.
type Response struct {
	Path   string // prefix; which requests it is for
	Status int
	Header http.Header
	Body   string // a problem document, unless Header has a Content-Type
	Times  int64  // how often; 0 for always
}

// Intercept makes an Options.Intercept of answers; the first that fits is given.
func Intercept(answers ...Response) func(http.ResponseWriter, *http.Request) bool {
	given := make([]atomic.Int64, len(answers))
	return func(w http.ResponseWriter, r *http.Request) bool {
		for i, a := range answers {
			if !strings.HasPrefix(r.URL.Path, a.Path) || a.Times > 0 && given[i].Add(1) > a.Times {
				continue
			}
			w.Header().Set("Content-Type", "application/problem+json")
			for name, values := range a.Header {
				w.Header()[name] = values
			}
			// A nonce that the authority takes for the next request is not at hand.
			w.WriteHeader(a.Status)
			_, _ = io.WriteString(w, a.Body)
			return true
		}
		return false
	}
}

// Deactivate deactivates an account, by its URL, as the authority does it.
func (p *Pebble) Deactivate(t testing.TB, url string) {
	t.Helper()
	id := url[strings.LastIndex(url, "/")+1:]
	held := p.accounts.GetAccountByID(id)
	if held == nil {
		t.Fatalf("there is no account %s", url)
	}
	changed := *held
	changed.Status = acme.StatusDeactivated
	if err := p.accounts.UpdateAccountByID(id, &changed); err != nil {
		t.Fatal(err)
	}
}
