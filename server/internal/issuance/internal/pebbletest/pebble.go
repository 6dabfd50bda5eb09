package pebbletest

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// Options says how a Pebble is set up. Resolver is needed where anything is
// validated.
type Options struct {
	// Resolver that names are looked up by, host:port over TCP.
	Resolver string
	// HTTPPort at which http-01 is validated.
	HTTPPort int
	// ExternalAccounts are HMAC keys, base64url, by key id. If there is one, every
	// account must be bound.
	ExternalAccounts map[string]string
	// Profiles by name; nil for one, "default", of 90 days.
	Profiles map[string]ca.Profile
	// Blocked domains are refused with rejectedIdentifier.
	Blocked []string
	// BadNonces is the share of nonces that are refused, drawn by the seed.
	BadNonces float64
	Seed      uint64
	// ProcessingPolls is how often an order is found processing after it was finalized,
	// no more and no less, and RetryAfter the seconds that the client is told to
	// wait; 0 for none.
	ProcessingPolls int
	RetryAfter      int
	// Intercept may answer in the authority's place; it tells whether it has.
	Intercept func(w http.ResponseWriter, r *http.Request) bool
}

// Pebble is an authority that runs.
type Pebble struct {
	DirectoryURL string         // URL
	Roots        []byte         // PEM; of its TLS
	Issuers      *x509.CertPool // of the certificates that it issues

	o          Options
	accounts   *db.MemoryStore
	wfe        *wfe.WebFrontEndImpl
	handler    http.Handler
	serving    sync.Mutex
	inProgress sync.RWMutex // read by each request

	mu     sync.Mutex
	random *rand.Rand
	counts Counts
	polls  map[string]int // at valid orders, by their id
}

// Start runs a Pebble until the test ends.
func Start(t testing.TB, o Options) *Pebble {
	t.Helper()
	quiet := log.New(io.Discard, "", 0)
	if o.Profiles == nil {
		o.Profiles = map[string]ca.Profile{"default": {Description: "90 days"}}
	}
	memory := db.NewMemoryStore()
	for id, key := range o.ExternalAccounts {
		if err := memory.AddExternalAccountKeyByID(id, key); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range o.Blocked {
		if err := memory.AddBlockedDomain(name); err != nil {
			t.Fatal(err)
		}
	}
	authority := ca.New(quiet, memory, "", "ecdsa", 0, 1, o.Profiles)
	validation := va.New(quiet, o.HTTPPort, 1, true, o.Resolver, memory)
	if o.Resolver != "" {
		setDNSTimeout(validation)
	}
	front := wfe.New(quiet, memory, validation, authority, []string{"pebble.test"}, true, len(o.ExternalAccounts) > 0, 0, o.RetryAfter)
	p := &Pebble{
		o: o, accounts: memory, wfe: &front, handler: front.Handler(),
		Issuers: x509.NewCertPool(),
		random:  rand.New(rand.NewPCG(o.Seed, 1)), //nolint:gosec // G404: the same faults in each run
		counts:  Counts{Finalized: map[string]int{}},
		polls:   map[string]int{},
	}
	p.Issuers.AppendCertsFromPEM(authority.GetRootCert(0).PEM())
	served := httptest.NewUnstartedServer(p)
	served.Config.ErrorLog = quiet
	served.StartTLS()
	t.Cleanup(served.Close)
	p.DirectoryURL = served.URL + wfe.DirectoryPath
	p.Roots = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw})
	return p
}
