package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/directory"
	"github.com/esacert/esacert/server/internal/lookup"
	"github.com/esacert/esacert/server/internal/operations"
)

// checkLookup checks that the lookup of a configuration finds everything in it.
func checkLookup(tb testing.TB, cfg *config.Config) {
	tb.Helper()
	d := lookup.New(cfg)
	for i := range cfg.Accounts {
		a := &cfg.Accounts[i]
		checkKeys(tb, d, a.AccessKeys, auth.KindAccount, a.ID, "root")
		for _, user := range a.Users {
			checkKeys(tb, d, user.AccessKeys, auth.KindSubUser, a.ID, user.Name)
		}
		for i := range a.Tokens {
			checkToken(tb, d, a.ID, &a.Tokens[i])
		}
		for _, bearer := range a.BearerTokens {
			checkBearer(tb, d, a.ID, bearer)
		}
		checkSites(tb, cfg, d, a)
	}
	checkScenarios(tb, cfg, d)
	if _, ok := d.AccessKey(""); ok {
		tb.Error("there is an access key without id")
	}
	if d.SecurityToken("") {
		tb.Error("there is an empty security token")
	}
	if _, ok := d.BearerToken(""); ok {
		tb.Error("there is an empty bearer token")
	}
}

func checkKeys(tb testing.TB, d *directory.Lookup, keys []config.AccessKey, kind auth.Kind, account, name string) {
	tb.Helper()
	for _, want := range keys {
		key, ok := d.AccessKey(want.ID)
		if !ok || key.ID != want.ID || key.Secret != want.Secret.Reveal() || key.Secret == "" || key.Disabled != want.Disabled {
			tb.Errorf("access key %s is not as configured", want.ID)
			continue
		}
		if key.Token != "" || !key.Expires.IsZero() {
			tb.Errorf("access key %s is a temporary one", want.ID)
		}
		checkPrincipal(tb, key.Principal, kind, account, name)
	}
}

func checkPrincipal(tb testing.TB, p *auth.Principal, kind auth.Kind, account, name string) {
	tb.Helper()
	rest := map[auth.Kind]string{auth.KindAccount: "root", auth.KindSubUser: "user/" + name}[kind]
	if role, _, ok := strings.Cut(name, ":"); kind == auth.KindAssumedRole && ok {
		rest = "role/" + role
	}
	if p == nil || p.Kind != kind || p.Account != account || p.Name != name || p.ARN != "acs:ram::"+account+":"+rest {
		tb.Errorf("principal %+v, want %s %s of %s", p, kind, name, account)
	}
}

func checkToken(tb testing.TB, d *directory.Lookup, account string, want *config.Token) {
	tb.Helper()
	key, ok := d.AccessKey(want.AccessKeyID)
	if !ok || key.Secret != want.Secret.Reveal() || key.Token != want.SecurityToken.Reveal() || key.Token == "" ||
		!key.Expires.Equal(want.Expires) || key.Disabled {
		tb.Errorf("temporary key %s is not as configured", want.AccessKeyID)
		return
	}
	if !d.SecurityToken(key.Token) {
		tb.Errorf("the token of %s is unknown", want.AccessKeyID)
	}
	checkPrincipal(tb, key.Principal, auth.KindAssumedRole, account, want.Role+":"+want.Session)
	layers := key.Principal.Policies
	if len(layers.Identity) != len(want.Policies) || (layers.Session != nil) != (want.SessionPolicy != "") {
		tb.Errorf("temporary key %s has the policies %+v", want.AccessKeyID, layers)
	}
	if layers.Session.Name() != want.SessionPolicy {
		tb.Errorf("temporary key %s has the session policy %q", want.AccessKeyID, layers.Session.Name())
	}
}

func checkBearer(tb testing.TB, d *directory.Lookup, account string, want config.BearerToken) {
	tb.Helper()
	bearer, ok := d.BearerToken(want.Token.Reveal())
	if !ok || bearer.Token != want.Token.Reveal() || !bearer.Expires.Equal(want.Expires) {
		tb.Error("a bearer token is not as configured")
		return
	}
	kind, name := auth.KindSubUser, want.User
	if name == "" {
		kind, name = auth.KindAccount, "root"
	}
	checkPrincipal(tb, bearer.Principal, kind, account, name)
}

func checkSites(tb testing.TB, cfg *config.Config, d *directory.Lookup, a *config.Account) {
	tb.Helper()
	records := map[string]int{}
	for _, plan := range a.Plans {
		records[plan.ID] = plan.DNSRecordLimit
		for family, want := range plan.Quotas {
			if got, err := d.Quota(tb.Context(), a.ID, plan.ID, family); err != nil || got != want {
				tb.Errorf("quota of %s for %s: %d, %v; want %d", plan.ID, family, got, err, want)
			}
		}
	}
	for _, want := range a.Sites {
		site, err := d.Site(tb.Context(), a.ID, want.ID)
		name, _ := operations.ParseName(want.Name)
		expected := operations.Site{
			ID: want.ID, Name: string(name), Access: want.Access, Status: want.Status, Plan: want.Plan,
			DNSRecordLimit: records[want.Plan], DNSRecordsInUse: want.DNSRecords,
			PendingAllowed: cfg.AllowPendingSites, DelegatedDCV: want.DelegatedDCV,
		}
		expected.Details = site.Details // see package directory
		if err != nil || !cmp.Equal(site, expected) {
			tb.Errorf("site %d: %+v, %v; want %+v", want.ID, site, err, expected)
		}
		if _, ok := d.Scenario(esaops.ApplyCertificate, want.ID); ok {
			tb.Errorf("site %d is a scenario", want.ID)
		}
		if _, err := d.Site(tb.Context(), a.ID+"0", want.ID); !errors.Is(err, operations.ErrNoSite) {
			tb.Errorf("site %d of another account: %v", want.ID, err)
		}
	}
}

func checkScenarios(tb testing.TB, cfg *config.Config, d *directory.Lookup) {
	tb.Helper()
	explicit := map[int64]bool{}
	for _, s := range cfg.Scenarios.Sites {
		explicit[s.Site] = true
	}
	if base := cfg.Scenarios.Base; base > 0 {
		for _, op := range esaops.All() {
			for i, want := range op.Errors {
				if site := base + int64(i) + 1; !explicit[site] && !isScenario(d, op, site, want) {
					tb.Errorf("%s, scenario %d is not %s", op.Action, i+1, want.Key)
				}
			}
			if site := base + int64(len(op.Errors)) + 1; !explicit[site] && isScenario(d, op, site, nil) {
				tb.Errorf("%s: site %d after the last row is a scenario", op.Action, site)
			}
		}
	}
	for _, want := range cfg.Scenarios.Sites {
		if row, ok := d.Scenario(esaops.ApplyCertificate, want.Site); !ok || row.Key != want.Row {
			tb.Errorf("scenario of site %d: %v", want.Site, row)
		}
	}
	if _, ok := d.Scenario(esaops.ApplyCertificate, 0); ok {
		tb.Error("site 0 is a scenario")
	}
}

// isScenario reports whether a site causes the given error; nil means any.
func isScenario(d *directory.Lookup, op *esaops.Operation, site int64, want *esaerrors.Error) bool {
	row, ok := d.Scenario(op, site)
	return ok && (want == nil || row == want)
}
