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

// Options configures a Pebble. Resolver is required if names are validated.
type Options struct {
	// Resolver is the DNS resolver, host:port over TCP.
	Resolver string
	// HTTPPort is the port of http-01 validation.
	HTTPPort int
	// ExternalAccounts are HMAC keys, base64url, by key id. If it is not empty, every
	// account needs an external account binding.
	ExternalAccounts map[string]string
	// Profiles by name; nil for one, "default", of 90 days.
	Profiles map[string]ca.Profile
	// Blocked domains are rejected with rejectedIdentifier.
	Blocked []string
	// BadNonces is the fraction of nonces that are rejected, selected by Seed.
	BadNonces float64
	Seed      uint64
	// ProcessingPolls is the exact number of polls that show an order as processing
	// after it was finalized. RetryAfter is the value of Retry-After in these
	// responses, in seconds; 0 for none.
	ProcessingPolls int
	RetryAfter      int
	// Intercept may respond instead of Pebble. It reports whether it has.
	Intercept func(w http.ResponseWriter, r *http.Request) bool
}

// Pebble is a running authority.
type Pebble struct {
	DirectoryURL string         // URL
	Roots        []byte         // PEM; of its TLS
	Issuers      *x509.CertPool // of the certificates that it issues

	o          Options
	accounts   *db.MemoryStore
	wfe        *wfe.WebFrontEndImpl
	handler    http.Handler
	serving    sync.Mutex
	inProgress sync.RWMutex // read-locked by each request

	mu     sync.Mutex
	random *rand.Rand
	counts Counts
	polls  map[string]int // of valid orders, by order id
}

// Start runs a Pebble until the test is complete.
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
