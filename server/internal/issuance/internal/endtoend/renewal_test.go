package endtoend

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/mholt/acmez/v3/acme"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
)

// revokedWindow serves renewal information with a window in the past for selected
// certificates, as an authority does before revoking them.
type revokedWindow struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (r *revokedWindow) add(t *testing.T, leaf *x509.Certificate) {
	t.Helper()
	id, err := acme.ARIUniqueIdentifier(leaf)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids = map[string]bool{id: true}
}

func (r *revokedWindow) intercept(w http.ResponseWriter, q *http.Request) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ids[path.Base(q.URL.Path)] {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	now := time.Now().UTC()
	_, _ = fmt.Fprintf(w, `{"suggestedWindow":{"start":%q,"end":%q}}`, now.Add(-2*time.Hour).Format(time.RFC3339), now.Add(-time.Hour).Format(time.RFC3339))
	return true
}

// TestRenewal renews a certificate at the time suggested by the authority. The
// order names the certificate it replaces.
func TestRenewal(t *testing.T) {
	t.Parallel()
	early := &revokedWindow{}
	w := newFixture(t, pebbletest.Options{Intercept: early.intercept})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	a := w.apply(nsSite, "lets_encrypt", "www.example.com")
	w.runDue()
	first := w.wantIssued(a[0].ID)
	w.clock.advance(25 * time.Hour)
	w.runDue()
	if got := w.pebble.Counts().Orders; got != 1 {
		t.Fatalf("got %d orders after a day, want only the first", got)
	}
	early.add(t, first)
	w.clock.advance(25 * time.Hour)
	w.runDue()
	if second := w.wantIssued(a[0].ID); second.SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Fatalf("certificate not renewed: %+v, %+v", w.record(a[0].ID).Progress, w.record(a[0].ID).Progress.Problem)
	}
	if got := w.pebble.Counts(); got.Renewals != 1 || got.Orders != 2 {
		t.Errorf("got %d orders and %d renewals, want the second order to replace the first certificate", got.Orders, got.Renewals)
	}
}

// TestRenewalOfReplacedCertificate simulates a crash after a renewal order and
// before it is saved. The certificate is then already replaced, and the authority
// rejects a second order that names it.
func TestRenewalOfReplacedCertificate(t *testing.T) {
	t.Parallel()
	early := &revokedWindow{}
	w := newFixture(t, pebbletest.Options{Intercept: early.intercept})
	w.addAuthority("lets_encrypt", "pebble")
	w.start()
	a := w.apply(nsSite, "lets_encrypt", "www.example.com")
	w.runDue()
	first := w.wantIssued(a[0].ID)
	lost := w.options.Authorities["pebble"]
	url, err := lost.Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com", Replaces: first})
	if err != nil {
		t.Fatal(err)
	}
	csr := newRequest(t, "www.example.com")
	if _, err := lost.Fulfill(t.Context(), issuance.FulfillRequest{ID: 1, URL: url, Name: "www.example.com", Access: "NS", CSR: csr}); err != nil {
		t.Fatal(err)
	}
	early.add(t, first)
	w.clock.advance(25 * time.Hour)
	w.runDue()
	if second := w.wantIssued(a[0].ID); second.SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Errorf("certificate not renewed: %+v", w.record(a[0].ID).Progress.Problem)
	}
	if got := w.pebble.Counts(); got.Orders != 3 || got.Renewals != 1 {
		t.Errorf("got %d orders and %d renewals, want a third order without a certificate to replace", got.Orders, got.Renewals)
	}
}
