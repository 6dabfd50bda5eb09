package acme_test

import (
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/operations"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	r := newFixture(t, pebbletest.Options{})
	a := r.newClient()
	for _, c := range []struct {
		name   string
		access operations.AccessType
	}{
		{"www.example.com", operations.CNAME},
		{"www.example.com", operations.NS},
		{"*.example.com", operations.NS},
		{"example.com", operations.NS},
	} {
		start := time.Now()
		leaf := r.issue(a, c.name, c.access)
		t.Logf("%s (%s): %v, serial %x", c.name, c.access, time.Since(start).Round(time.Millisecond), leaf.SerialNumber)
	}
	if got := r.pebble.Counts(); got.Accounts != 1 || got.Orders != 4 || len(got.Finalized) != 4 {
		t.Errorf("got %+v, want one account and four finalized orders", got)
	}
}
