package endtoend

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/delivery"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/issuersetup"
	"github.com/esacert/esacert/server/internal/lookup"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

// configuration uses an authority that requires external accounts, with one for
// each of two certificate types.
const configuration = `
issuing:
  sealing_key: auto
  authorities:
    - {name: one, directory: %[1]q, roots: roots.pem, terms_agreed: true, external_account: {key_id: kid-1, hmac: %[2]s}}
    - {name: two, directory: %[1]q, roots: roots.pem, terms_agreed: true, external_account: {key_id: kid-2, hmac_file: two.hmac}}
  types: {lets_encrypt: one, digicert_single: two}
  http01: {listen: "127.0.0.1:%[3]d"}
  dns: {listen: "127.0.0.1:%[4]d", zone: acme.test, nameservers: [ns.example.net], trust_delegation: true}
  deliver: {folder: delivered}
accounts:
  - id: "1000000000000001"
    plans: [{id: p, quotas: {lets_encrypt: 100, digicert: 100}}]
    sites:
      - {id: 1234567890123, name: example.com, plan: p}
      - {id: 1234567890124, name: example.org, plan: p, access: CNAME}
      - {id: 1234567890125, name: example.net, plan: p, access: CNAME, delegated_dcv: true}
`

// TestConfigured issues certificates from a configuration file: plain names by
// HTTP, wildcards by DNS, including a CNAME site with delegated validation, two
// external accounts at one directory, delivery, and the embedded authority for the
// remaining type.
func TestConfigured(t *testing.T) {
	t.Parallel()
	const macOne, macTwo = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE", "MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI"
	httpPort := freePort(t, 20000+os.Getpid()%10000)
	dnsPort := freePort(t, httpPort+1)
	resolver := pebbletest.StartResolver(t, pebbletest.Delegated(zone, net.JoinHostPort("127.0.0.1", strconv.Itoa(dnsPort))))
	pebble := pebbletest.Start(t, pebbletest.Options{
		Resolver: resolver.Addr, HTTPPort: httpPort, ExternalAccounts: map[string]string{"kid-1": macOne, "kid-2": macTwo},
	})
	dir := t.TempDir()
	file := filepath.Join(dir, "esacertd.yaml")
	for path, content := range map[string][]byte{
		file:                            fmt.Appendf(nil, configuration, pebble.DirectoryURL, macOne, httpPort, dnsPort),
		filepath.Join(dir, "roots.pem"): pebble.Roots,
		filepath.Join(dir, "two.hmac"):  []byte(macTwo + "\n"),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store = filepath.Join(dir, "esa.db")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: cfg.Store})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	i, err := issuersetup.New(t.Context(), issuersetup.Options{Config: cfg, Jobs: db, Sites: lookup.New(cfg)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- i.Run(ctx) }()

	revoker := &synchronousRevoker{service: i, results: map[int64]error{}}
	rules, authorities := operations.New(lookup.New(cfg), lookup.New(cfg), db, "cn-hangzhou", nil, revoker), map[string]string{}
	for _, a := range []struct {
		site          int64
		name, typ, by string
	}{
		{1234567890123, "*.example.com", "lets_encrypt", "one"},
		{1234567890124, "www.example.org", "lets_encrypt", "one"},
		{1234567890124, "shop.example.org", "digicert_single", "two"},
		{1234567890123, "*.shop.example.com", "digicert_wildcard", "local"},
		{1234567890125, "*.example.net", "lets_encrypt", "one"},
	} {
		authorities[a.name] = a.by
		_, err := rules.Apply(t.Context(), operations.Request{
			Account: account, SiteID: a.site, Domains: a.name, Type: a.typ, At: time.Now(), RequestID: "R",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	i.Wake()
	for _, r := range awaitIssued(t, db, len(authorities)) {
		if got := r.Certificate.Authority; got != authorities[r.Domain] {
			t.Errorf("%s: got authority %s, want %s", r.Domain, got, authorities[r.Domain])
		}
		name, err := delivery.DirName(r.Domain)
		if err != nil {
			t.Fatal(err)
		}
		chain, err := os.ReadFile(filepath.Join(dir, "delivered", name, delivery.ChainFile))
		if err != nil || !bytes.HasPrefix(chain, []byte("-----BEGIN CERTIFICATE-----")) {
			t.Errorf("%s: chain not delivered: %v", r.Domain, err)
		}
		checkDeletion(t, rules, pebble, r, chain)
		switch err, called := revoker.results[r.ID]; {
		case !called:
			t.Errorf("%s: not revoked", r.Domain)
		case r.Certificate.Authority == issuance.LocalAuthority && !errors.Is(err, errors.ErrUnsupported), r.Certificate.Authority != issuance.LocalAuthority && err != nil:
			t.Errorf("%s: revocation: %v", r.Domain, err)
		}
	}
	if err := i.RevokeCertificate(t.Context(), "three", &x509.Certificate{}); err == nil || !strings.Contains(err.Error(), `authority "three" is not configured`) {
		t.Errorf("revocation at an unknown authority: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if n := pebble.Counts().Accounts; n != 2 {
		t.Errorf("got %d accounts, want one for each external account", n)
	}
	if _, err := issuersetup.New(t.Context(), issuersetup.Options{Config: &config.Config{Issuing: config.Issuing{Off: true}}}); !errors.Is(err, issuersetup.ErrDisabled) {
		t.Errorf("issuing off: got %v, want ErrDisabled", err)
	}
}

// synchronousRevoker revokes before the deletion returns, and keeps the results by
// application.
type synchronousRevoker struct {
	service *issuersetup.Service
	results map[int64]error
}

func (s *synchronousRevoker) Revoke(id int64, authority string, leaf *x509.Certificate) {
	s.results[id] = s.service.RevokeCertificate(context.Background(), authority, leaf)
}

// checkDeletion deletes a certificate and checks that the authority revokes it then,
// unless it is the embedded one.
func checkDeletion(t *testing.T, rules *operations.Service, pebble *pebbletest.Pebble, r store.JobRecord, chain []byte) {
	t.Helper()
	block, _ := pem.Decode(chain)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, revoked := pebble.Revoked(leaf); revoked {
		t.Errorf("%s: revoked before the deletion", r.Domain)
	}
	call := &operations.Call{Context: t.Context(), Account: account, At: time.Now(), RequestID: "R"}
	if _, err := rules.DeleteCertificate(call, esaapi.DeleteCertificateParams{SiteID: r.SiteID, ID: strconv.FormatInt(r.ID, 10)}); err != nil {
		t.Errorf("%s: DeleteCertificate: %v", r.Domain, err)
	}
	if _, revoked := pebble.Revoked(leaf); revoked != (r.Certificate.Authority != issuance.LocalAuthority) {
		t.Errorf("%s of authority %s is revoked at Pebble: %v", r.Domain, r.Certificate.Authority, revoked)
	}
}

// awaitIssued waits until the given number of applications is issued and
// delivered.
func awaitIssued(t *testing.T, db store.JobStore, want int) []store.JobRecord {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(10 * time.Millisecond) { // the loop runs concurrently
		found, err := db.ListRecords(t.Context(), store.Query{Status: store.Issued})
		if err != nil {
			t.Fatal(err)
		}
		done := 0
		for _, r := range found {
			if r.Certificate.Delivered {
				done++
			}
		}
		if done == want {
			return found
		}
		if time.Now().After(deadline) {
			all, err := db.ListRecords(t.Context(), store.Query{})
			for _, r := range all {
				t.Logf("%s: %s, %+v", r.Domain, r.Status, r.Progress.Problem)
			}
			t.Fatalf("got %d applications issued and delivered, want %d; %v", done, want, err)
		}
	}
}

// freePort returns a port that is free for UDP and TCP. It is below the ephemeral
// range, so that no concurrent test is assigned it.
func freePort(t *testing.T, from int) int {
	t.Helper()
	for port := from; port < from+1000; port++ {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		tcp, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			continue
		}
		udp, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", address)
		_ = tcp.Close()
		if err == nil {
			_ = udp.Close()
			return port
		}
	}
	t.Fatal("no free port found")
	return 0
}
