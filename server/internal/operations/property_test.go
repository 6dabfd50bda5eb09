package operations_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
	"pgregory.net/rapid"
)

// Over any sequence of calls: what is accepted is the list that was sent, in
// normal form and order, with consecutive ids; what is refused changes
// nothing; no limit is passed; no name is pending twice.
func TestSequencesOfCalls(t *testing.T) {
	t.Parallel()
	item := rapid.OneOf(
		rapid.StringMatching(`[ ]?(\*\.)?[A-Ca-c](\.EXAMPLE|\.example)\.com[ ]?`),
		rapid.SampledFrom([]string{"example.com", "ü.example.com", "a_b.example.com", "example.org", ""}),
	)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.quotas["lets_encrypt"] = rapid.IntRange(0, 12).Draw(t, "quota")
		w.site.DNSRecordLimit = rapid.IntRange(0, 12).Draw(t, "records")
		w.site.Access = rapid.SampledFrom([]operations.AccessType{operations.NS, operations.CNAME}).Draw(t, "access")
		for range rapid.IntRange(1, 12).Draw(t, "calls") {
			raw := strings.Join(rapid.SliceOfN(item, 1, 4).Draw(t, "items"), ",")
			before := slices.Clone(w.ledger.applications)
			w.request.Domains = raw
			receipt, err := w.apply(t.Context())
			if err != nil {
				var refused *refusal.Error
				if !errors.As(err, &refused) || refused.Row == nil || refused.Detail == "" {
					t.Fatalf("%q: %#v", raw, err)
				}
				if !slices.Equal(before, w.ledger.applications) {
					t.Fatalf("%q was refused and written down", raw)
				}
				continue
			}
			checkReceipt(t, raw, receipt, store.FirstID+int64(len(before)))
		}
		checkLedger(t, w)
	})
}

func checkReceipt(t *rapid.T, raw string, receipt operations.Result, firstID int64) {
	names, err := operations.ParseList(raw)
	if err != nil || len(names) != len(receipt.Applications) {
		t.Fatalf("%q: %d applications", raw, len(receipt.Applications))
	}
	for i, a := range receipt.Applications {
		if a.Domain != string(names[i]) || a.ID != firstID+int64(i) || a.Status != store.Applying {
			t.Fatalf("%q: application %d is %+v", raw, i, a)
		}
		if !names[i].In(receipt.SiteName) {
			t.Fatalf("%q: %s is not in %s", raw, names[i], receipt.SiteName)
		}
	}
}

func checkLedger(t *rapid.T, w *fixture) {
	seen := map[string]bool{}
	for _, a := range w.ledger.applications {
		if seen[a.Domain] {
			t.Fatalf("%s is pending twice", a.Domain)
		}
		seen[a.Domain] = true
	}
	if len(seen) > w.quotas["lets_encrypt"] {
		t.Fatalf("%d applications of %d", len(seen), w.quotas["lets_encrypt"])
	}
	if w.site.Access == operations.NS && len(seen) > w.site.DNSRecordLimit {
		t.Fatalf("%d records of %d", len(seen), w.site.DNSRecordLimit)
	}
}
