package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/directory"
	"github.com/esacert/esacert/server/internal/operations"
)

// checkLookup compares the look-up tables with the configuration they are
// made of: everything in it is found, as what it is.
func checkLookup(tb testing.TB, cfg *config.Config) {
	tb.Helper()
	d := cfg.Lookup()
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
		records[plan.ID] = plan.Records
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
			DNSRecordLimit: records[want.Plan], DNSRecordsInUse: want.Records,
			PendingAllowed: cfg.AllowPendingSites, DelegatedDCV: want.DelegatedDCV,
		}
		if err != nil || site != expected {
			tb.Errorf("site %d: %+v, %v; want %+v", want.ID, site, err, expected)
		}
		if _, ok := d.Scenario(want.ID); ok {
			tb.Errorf("site %d is a scenario", want.ID)
		}
		if _, err := d.Site(tb.Context(), a.ID+"0", want.ID); !errors.Is(err, operations.ErrNoSite) {
			tb.Errorf("site %d of another account: %v", want.ID, err)
		}
	}
}

func checkScenarios(tb testing.TB, cfg *config.Config, d *directory.Lookup) {
	tb.Helper()
	if base := cfg.Scenarios.Base; base > 0 {
		for i, want := range esaerrors.Rows() {
			if row, ok := d.Scenario(base + int64(i) + 1); !ok || row != want {
				tb.Errorf("scenario %d: %v", i+1, row)
			}
		}
	}
	for _, want := range cfg.Scenarios.Sites {
		if row, ok := d.Scenario(want.Site); !ok || row.Key != want.Row {
			tb.Errorf("scenario of site %d: %v", want.Site, row)
		}
	}
	if _, ok := d.Scenario(0); ok {
		tb.Error("site 0 is a scenario")
	}
}

func TestLookupDoesNotChange(t *testing.T) {
	t.Parallel()
	cfg := example(t)
	d := cfg.Lookup()
	cfg.Accounts[0].Plans[0].Quotas["lets_encrypt"] = 1
	cfg.Accounts[0].Sites[0].Name = "changed.example"
	cfg.Accounts[0].AccessKeys[0].Secret = config.NewSecret("changed")
	if got, err := d.Quota(t.Context(), account, "standard", "lets_encrypt"); err != nil || got != 10000 {
		t.Errorf("quota %d, %v", got, err)
	}
	if site, err := d.Site(t.Context(), account, 1234567890123); err != nil || site.Name != "example.com" {
		t.Errorf("site %+v, %v", site, err)
	}
	if key, ok := d.AccessKey("testid"); !ok || key.Secret != "testsecret" {
		t.Error("the key changed")
	}
}

func TestLookupWithoutThePlan(t *testing.T) {
	t.Parallel()
	d := example(t).Lookup()
	if got, err := d.Quota(t.Context(), account, "none", "lets_encrypt"); err == nil {
		t.Errorf("a plan that is not there has the quota %d", got)
	}
	if got, err := d.Quota(t.Context(), account, "tiny", "digicert"); err != nil || got != 0 {
		t.Errorf("a family that is left out has the quota %d, %v", got, err)
	}
}

// A configuration that was never validated must not give a key more rights than
// were meant.
func TestLookupOfInvalidConfiguration(t *testing.T) {
	t.Parallel()
	cfg := example(t)
	cfg.Accounts[0].Tokens[0].SessionPolicy = "lost"
	cfg.Accounts[0].Users[0].Policies = []string{"lost"}
	cfg.Accounts[0].Sites[0].Name = "not a name"
	cfg.Policies["nil"] = nil
	d := cfg.Lookup()
	if _, ok := d.AccessKey("STS.testid"); ok {
		t.Error("the key works without the policy of its session")
	}
	if key, ok := d.AccessKey("allowed-id"); !ok || len(key.Principal.Policies.Identity) != 0 {
		t.Error("the user has a policy that is not there")
	}
	if _, err := d.Site(t.Context(), account, 1234567890123); !errors.Is(err, operations.ErrNoSite) {
		t.Errorf("the site without a valid name: %v", err)
	}
	if err := cfg.Validate(); err == nil {
		t.Error("the configuration is valid")
	}
}

func TestPeers(t *testing.T) {
	t.Parallel()
	d := example(t).Lookup()
	for account, want := range map[string]auth.Peers{
		account:            {Accounts: 2, Keys: 7}, // without the disabled one
		"2000000000000002": {Accounts: 2, Keys: 1},
		"unknown":          {Accounts: 2},
	} {
		if got := d.Peers(account); got != want {
			t.Errorf("account %s: %+v, want %+v", account, got, want)
		}
	}
}

func ExampleConfig_Lookup() {
	cfg, err := config.Parse(config.Example(), "example.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	lookup := cfg.Lookup()
	key, _ := lookup.AccessKey("STS.expired-id")
	fmt.Println(key.Principal.ARN, key.Expires.Format(time.DateOnly))
	row, _ := lookup.Scenario(4000000000015)
	fmt.Println(row)
	fmt.Println(lookup)
	// Output:
	// acs:ram::1000000000000001:role/deployer 2020-01-01
	// QuotaExceeded: The quota is exceeded.
	// directory of 9 access keys, 2 bearer tokens, 8 sites, 5 plans, 17 scenarios
}
