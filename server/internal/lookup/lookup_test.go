package lookup_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/lookup"
	"github.com/esacert/esacert/server/internal/operations"
)

const account = "1000000000000001"

func example(t *testing.T) *config.Config {
	t.Helper()
	cfg, err := config.Parse(config.Example(), "example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestLookupIsImmutable(t *testing.T) {
	t.Parallel()
	cfg := example(t)
	d := lookup.New(cfg)
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

func TestUnknownPlanAndFamily(t *testing.T) {
	t.Parallel()
	d := lookup.New(example(t))
	if got, err := d.Quota(t.Context(), account, "none", "lets_encrypt"); err == nil {
		t.Errorf("a plan that is not there has the quota %d", got)
	}
	if got, err := d.Quota(t.Context(), account, "tiny", "digicert"); err != nil || got != 0 {
		t.Errorf("a family that is left out has the quota %d, %v", got, err)
	}
}

// An invalid configuration must not allow a key more than intended.
func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	cfg := example(t)
	cfg.Accounts[0].Tokens[0].SessionPolicy = "lost"
	cfg.Accounts[0].Users[0].Policies = []string{"lost"}
	cfg.Accounts[0].Sites[0].Name = "not a name"
	cfg.Policies["nil"] = nil
	d := lookup.New(cfg)
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
	d := lookup.New(example(t))
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

func ExampleNew() {
	cfg, err := config.Parse(config.Example(), "example.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	d := lookup.New(cfg)
	key, _ := d.AccessKey("STS.expired-id")
	fmt.Println(key.Principal.ARN, key.Expires.Format(time.DateOnly))
	row, _ := d.Scenario(esaops.ApplyCertificate, 4000000000015)
	fmt.Println(row)
	fmt.Println(d)
	// Output:
	// acs:ram::1000000000000001:role/deployer 2020-01-01
	// QuotaExceeded: The quota is exceeded.
	// directory of 9 access keys, 2 bearer tokens, 8 sites, 5 plans, 2 scenarios
}
