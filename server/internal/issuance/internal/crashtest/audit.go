//go:build unix

package crashtest

import (
	"context"
	"fmt"
	"testing"

	"crypto/tls"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
)

// Report is the result of an audit.
type Report struct {
	Issued       int // applications in status Issued
	Certificates int // distinct certificates in use
	Failures     int // recorded failures of applications
}

// Audit fails the test unless the given number of applications exists and each is
// Issued, with a distinct certificate for its name that matches the sealed key.
func Audit(t testing.TB, jobs store.Jobs, ring *seal.Keyring, want int) Report {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	records := listRecords(ctx, t, jobs)
	if len(records) != want {
		t.Errorf("got %d applications, want %d", len(records), want)
	}
	var r Report
	seen := make(map[string]int64)
	for _, record := range records {
		if record.Status != store.Issued {
			t.Errorf("application %d is %s: %+v", record.ID, record.Status, record.Progress)
			continue
		}
		r.Issued++
		r.Failures += record.Progress.Failures
		c, err := jobs.Certificate(ctx, record.ID)
		if err != nil {
			t.Errorf("application %d: %v", record.ID, err)
			continue
		}
		if err := checkCertificate(ring, record.Application, c); err != nil {
			t.Errorf("application %d: %v", record.ID, err)
		}
		if other, found := seen[c.Fingerprint]; found {
			t.Errorf("applications %d and %d have the same certificate", other, record.ID)
		}
		seen[c.Fingerprint] = record.ID
	}
	r.Certificates = len(seen)
	return r
}

func checkCertificate(ring *seal.Keyring, a store.Application, c store.Certificate) error {
	key, err := issuance.ExportKey(ring, a.ID, c)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(c.Chain, key)
	if err != nil {
		return err
	}
	if got := pair.Leaf.DNSNames; len(got) != 1 || got[0] != a.Domain {
		return fmt.Errorf("certificate is for %q, want %q", got, a.Domain)
	}
	return nil
}

// Tally summarizes recorded events.
type Tally struct {
	Orders       int            // distinct orders created
	Finalized    int            // distinct orders with a certificate
	Certificates int            // distinct certificates signed
	Signings     int            // certificates signed, including repetitions of the same one
	DoubleIssued int            // orders with two different certificates
	Problems     map[string]int // problems of the loop by type
}

// Count returns a tally of the events.
func Count(events []Event) Tally {
	orders, certificates := map[string]bool{}, map[string]bool{}
	byOrder := map[string]map[string]bool{}
	t := Tally{Problems: map[string]int{}}
	for _, e := range events {
		switch e.Kind {
		case EventProblem:
			t.Problems[e.URL]++
		case EventOrder:
			orders[e.URL] = true
		case EventCertificate:
			t.Signings++
			orders[e.URL], certificates[e.Fingerprint] = true, true
			if byOrder[e.URL] == nil {
				byOrder[e.URL] = map[string]bool{}
			}
			byOrder[e.URL][e.Fingerprint] = true
		}
	}
	for _, signed := range byOrder {
		if len(signed) > 1 {
			t.DoubleIssued++
		}
	}
	t.Orders, t.Finalized, t.Certificates = len(orders), len(byOrder), len(certificates)
	return t
}

// listRecords returns every application.
func listRecords(ctx context.Context, t testing.TB, jobs store.Jobs) (found []store.JobRecord) {
	t.Helper()
	for q := (store.Query{Limit: store.MaxLimit}); ; q.After = found[len(found)-1].ID {
		page, err := jobs.ListRecords(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, page...)
		if len(page) < q.Limit {
			return found
		}
	}
}
