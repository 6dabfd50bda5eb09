package operations_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/operations"
	"pgregory.net/rapid"
)

// breaker breaks one rule. Its names, if any, join the list of the
// call.
type violation struct {
	name   string
	row    *esaerrors.Error
	names  string
	change func(w *fixture)
}

// breakers are in the order in which the rules are checked.
func breakers() []violation {
	return []violation{
		{"site", esaerrors.SiteNotFound, "", func(w *fixture) { w.request.SiteID = 7 }},
		{"activated", esaerrors.SiteNotActivated, "", func(w *fixture) { w.site.Status = operations.Pending }},
		{"type", esaerrors.InvalidParameterType, "", func(w *fixture) { w.request.Type = "free" }},
		{"valid", esaerrors.InvalidParameterDomainsMalformed, "a_b.example.com", nil},
		{"in site", esaerrors.InvalidParameterDomainsNotInSite, "www.example.org", nil},
		{"wildcard on CNAME", esaerrors.InvalidParameterDomainsWildcardOnCname, "*.example.com", func(w *fixture) { w.site.Access = operations.CNAME }},
		{"count", esaerrors.InvalidParameterDomainsTooMany, numbered(51), nil},
		{"repeat", esaerrors.InvalidParameterDomainsAlreadySubmitted, "twice.example.com,twice.example.com", nil},
		{"pending", esaerrors.InvalidParameterDomainsAlreadySubmitted, "pending.example.com", func(w *fixture) { w.pending("pending.example.com") }},
		{"records", esaerrors.QuotaExceedRecordCount, "", func(w *fixture) { w.site.DNSRecordLimit = 0 }},
		{"quota unknown", esaerrors.QuotaCheckFailed, "", func(w *fixture) { w.quotaErr = errors.New("refused") }},
		{"quota", esaerrors.QuotaExceeded, "", func(w *fixture) { w.quotas["lets_encrypt"] = 0 }},
	}
}

// broken is a world in which all of these rules are broken. The names that
// break later rules come first in the list, so that a rule that stops at the
// first name that breaks any is found out.
func broken(rules []violation) *fixture {
	w := newWorld()
	names := []string{"www.example.com"}
	for _, rule := range slices.Backward(rules) {
		if rule.names != "" {
			names = append(names, rule.names)
		}
		if rule.change != nil {
			rule.change(w)
		}
	}
	w.request.Domains = strings.Join(names, ",")
	return w
}

// Of two broken rules the earlier one decides: all pairs, so the adjacent ones
// too.
func TestOrderOfRules(t *testing.T) {
	t.Parallel()
	rules := breakers()
	for i, first := range rules {
		for _, second := range rules[i+1:] {
			t.Run(first.name+" before "+second.name, func(t *testing.T) {
				t.Parallel()
				w := broken([]violation{first, second})
				if _, err := w.apply(t.Context()); !errors.Is(err, first.row) {
					t.Errorf("got %v, want %s", err, first.row.Key)
				}
				if len(w.ledger.nonces) != 0 {
					t.Error("a refused call was written down")
				}
			})
		}
	}
}

// Whatever rules are broken, the first of them decides; if none is, the call is
// accepted.
func TestFirstViolatedRuleWins(t *testing.T) {
	t.Parallel()
	all := breakers()
	rapid.Check(t, func(t *rapid.T) {
		var rules []violation
		for _, rule := range all {
			if rapid.Bool().Draw(t, rule.name) {
				rules = append(rules, rule)
			}
		}
		w := broken(rules)
		receipt, err := w.apply(t.Context())
		if len(rules) == 0 {
			if err != nil || len(receipt.Applications) != 1 {
				t.Fatalf("got %+v, %v with no rule broken", receipt, err)
			}
			return
		}
		if !errors.Is(err, rules[0].row) {
			t.Fatalf("got %v, want %s", err, rules[0].row.Key)
		}
	})
}

// One malformed name among too many is malformed, at any position.
func TestValidityComesBeforeCount(t *testing.T) {
	t.Parallel()
	valid := strings.Split(numbered(50), ",")
	for at := range 51 {
		w := newWorld()
		w.request.Domains = strings.Join(slices.Insert(slices.Clone(valid), at, "a_b.example.com"), ",")
		if _, err := w.apply(t.Context()); !errors.Is(err, esaerrors.InvalidParameterDomainsMalformed) {
			t.Errorf("malformed name at %d: %v", at, err)
		}
	}
}

// A list that is too long for every type is refused before its names are
// checked; the site and the type are still checked first. The limit counts
// items, empty ones included.
func TestALongListIsRefusedUnread(t *testing.T) {
	t.Parallel()
	malformed := strings.Repeat("a_b.example.com,", 999)
	for _, c := range []struct {
		name, domains string
		change        func(w *fixture)
		row           *esaerrors.Error
	}{
		{"1,001 malformed names", malformed + "x,y", nil, esaerrors.InvalidParameterDomainsTooMany},
		{"1,000 malformed names", malformed + "x", nil, esaerrors.InvalidParameterDomainsMalformed},
		{"1,001 names of another site", strings.Repeat("www.example.org,", 1000) + "www.example.org", nil, esaerrors.InvalidParameterDomainsTooMany},
		{"1,000 names of another site", strings.Repeat("www.example.org,", 999) + "www.example.org", nil, esaerrors.InvalidParameterDomainsNotInSite},
		{"1,000 good names", numbered(1000), nil, esaerrors.InvalidParameterDomainsTooMany},
		{"1,000 commas", strings.Repeat(",", 1000), nil, esaerrors.InvalidParameterDomainsTooMany},
		{"999 commas", strings.Repeat(",", 999), nil, esaerrors.InvalidParameterDomainsMalformed},
		{"unknown site", numbered(1001), func(w *fixture) { w.request.SiteID = 7 }, esaerrors.SiteNotFound},
		{"unknown type", numbered(1001), func(w *fixture) { w.request.Type = "free" }, esaerrors.InvalidParameterType},
		{"a type for one name", numbered(1001), func(w *fixture) { w.request.Type = "digicert_wildcard" }, esaerrors.InvalidParameterDomainsTooMany},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.request.Domains = c.domains
			if c.change != nil {
				c.change(w)
			}
			if _, err := w.apply(t.Context()); !errors.Is(err, c.row) {
				t.Errorf("got %v, want %s", err, c.row.Key)
			}
			if len(w.ledger.batches) != 0 {
				t.Error("the ledger was called")
			}
		})
	}
}

// A call costs about as much with 38,000 Unicode names as with none that is
// read: no allocation for each name.
func TestALongListCostsNothing(t *testing.T) {
	w := newWorld()
	w.request.Domains = strings.Repeat("bücher.example.com,", 38_000)
	ctx := t.Context()
	got := testing.AllocsPerRun(10, func() {
		if _, err := w.apply(ctx); !errors.Is(err, esaerrors.InvalidParameterDomainsTooMany) {
			t.Error(err)
		}
	})
	if got > 20 {
		t.Errorf("%.0f allocations", got)
	}
}
