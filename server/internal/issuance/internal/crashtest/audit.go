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

// Report counts what an audit has found.
type Report struct {
	Issued       int // applications
	Certificates int // distinct ones in use
	Failures     int // refusals that were booked
}

// Audit fails the test unless so many applications are Issued, each with a
// certificate of its own, for its name, that the sealed key fits.
func Audit(t testing.TB, jobs store.Jobs, ring *seal.Keyring, want int) Report {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	records := listRecords(ctx, t, jobs)
	if len(records) != want {
		t.Errorf("there are %d applications, want %d", len(records), want)
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
			t.Errorf("applications %d and %d have one certificate", other, record.ID)
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
		return fmt.Errorf("the certificate is for %q, want %q", got, a.Domain)
	}
	return nil
}

// Tally counts what the ledger says.
type Tally struct {
	Orders       int            // distinct ones that were opened
	Finalized    int            // distinct orders that a certificate was signed for
	Certificates int            // distinct ones that were signed
	Signings     int            // all, also those of the same certificate again
	DoubleIssued int            // orders that two different certificates were signed for
	Problems     map[string]int // that the loop has met, by type
}

// Count makes a tally of the ledger.
func Count(entries []Event) Tally {
	orders, certificates := map[string]bool{}, map[string]bool{}
	byOrder := map[string]map[string]bool{}
	t := Tally{Problems: map[string]int{}}
	for _, e := range entries {
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

// stored lists every application, page by page.
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
