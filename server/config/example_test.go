package config_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/lookup"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/ram"
	"github.com/esacert/esacert/server/store"
)

const account = "1000000000000001"

func example(tb testing.TB) *config.Config {
	tb.Helper()
	cfg, err := config.ParseWith(config.Example(), "example.yaml", environment, files)
	if err != nil {
		tb.Fatal(err)
	}
	return cfg
}

func TestExampleIsConsistent(t *testing.T) {
	t.Parallel()
	checkLookup(t, example(t))
	if len(example(t).Accounts) != 2 || example(t).Store != config.InMemory {
		t.Error("unexpected content")
	}
}

// The example sets nonces.capacity to the default, and other values are valid, too.
func TestNoncesCapacityOfTheExample(t *testing.T) {
	t.Parallel()
	const set = "\nnonces:\n  capacity: 20000000\n"
	text := string(config.Example())
	if !strings.Contains(text, set) || config.Default().Nonces.Capacity != 20_000_000 {
		t.Fatalf("the example does not set nonces.capacity to the default, which is %d", config.Default().Nonces.Capacity)
	}
	for _, capacity := range []int{1, 2000, 20_000_000, 100_000_000} {
		changed := strings.Replace(text, set, fmt.Sprintf("\nnonces:\n  capacity: %d\n", capacity), 1)
		cfg, err := config.Parse([]byte(changed), "example.yaml")
		if err != nil || cfg.Nonces.Capacity != capacity {
			t.Errorf("capacity %d: %+v, %v", capacity, cfg, err)
		}
	}
}

// Callers may modify the result of Example.
func TestExampleIsACopy(t *testing.T) {
	t.Parallel()
	clear(config.Example())
	example(t)
}

// limits is a ledger that only enforces the limits of a request.
type limits struct{ store.Certificates }

func (limits) Apply(_ context.Context, b store.ApplyRequest) ([]store.Application, error) {
	n := len(b.Domains)
	switch {
	case b.DNSRecordLimit != store.Unlimited && b.DNSRecordsInUse+n*b.DNSRecordsEach > b.DNSRecordLimit:
		return nil, store.ErrRecordLimitExceeded
	case b.Quota != store.Unlimited && n > b.Quota:
		return nil, store.ErrQuotaExceeded
	}
	return make([]store.Application, n), nil
}

// Sites of the example cause the errors that its comments name.
func TestExampleCausesRows(t *testing.T) {
	t.Parallel()
	d := lookup.New(example(t))
	service := operations.New(d, d, limits{}, "cn-hangzhou", nil, nil)
	for _, c := range []struct {
		name    string
		site    int64
		domains string
		typ     string
		row     *esaerrors.Error
	}{
		{"accepted", 1234567890123, "www.example.com,*.example.com", "", nil},
		{"accepted by DigiCert", 1234567890123, "www.example.com", "digicert_single", nil},
		{"CNAME accepted", 1234567890124, "www.cname-example.com", "", nil},
		{"CNAME wildcard", 1234567890124, "*.cname-example.com", "", esaerrors.InvalidParameterDomainsWildcardOnCname},
		{"pending", 1234567890125, "www.pending-example.com", "", esaerrors.SiteNotActivated},
		{"tiny accepts one", 1234567890126, "www.tiny-example.com", "", nil},
		{"tiny is full", 1234567890126, "a.tiny-example.com,b.tiny-example.com", "", esaerrors.QuotaExceeded},
		{"tiny without DigiCert", 1234567890126, "a.tiny-example.com", "digicert_single", esaerrors.QuotaExceeded},
		{"records full", 1234567890127, "www.full-example.com", "", esaerrors.QuotaExceedRecordCount},
		{"quota unreachable", 1234567890128, "www.unreachable-example.com", "", esaerrors.QuotaCheckFailed},
		{"unknown site", 1, "www.example.com", "", esaerrors.SiteNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := service.Apply(t.Context(), operations.Request{Account: account, SiteID: c.site, Domains: c.domains, Type: c.typ})
			if (c.row == nil && err != nil) || (c.row != nil && !errors.Is(err, c.row)) {
				t.Errorf("got %v, want %v", err, c.row)
			}
		})
	}
}

// Principals of the example are allowed what its comments say.
func TestExamplePermissions(t *testing.T) {
	t.Parallel()
	d := lookup.New(example(t))
	const home, other = "1234567890123", "1234567890124"
	for _, c := range []struct {
		key, site string
		from      string
		allowed   bool
		reason    ram.NoPermissionType
	}{
		{"testid", home, "", true, ""},
		{"disabled-id", other, "", true, ""},
		{"allowed-id", home, "", true, ""},
		{"allowed-id", other, "", false, ram.ImplicitDeny},
		{"denied-id", home, "", false, ram.ExplicitDeny},
		{"readonly-id", home, "", false, ram.ImplicitDeny},
		{"STS.testid", home, "", true, ""},
		{"STS.testid", other, "", false, ram.ImplicitDeny},
		{"STS.expired-id", other, "", true, ""},
		{"STS.here-id", home, "127.0.0.1", true, ""},
		{"STS.here-id", home, "::1", true, ""},
		{"STS.here-id", home, "198.51.100.1", false, ram.ImplicitDeny},
	} {
		t.Run(c.key+" "+c.site+" "+c.from, func(t *testing.T) {
			t.Parallel()
			key, ok := d.AccessKey(c.key)
			if !ok {
				t.Fatal("unknown key")
			}
			attributes := &ram.Attributes{PrincipalARN: key.Principal.ARN}
			if c.from != "" {
				attributes.SourceIP = netip.MustParseAddr(c.from)
			}
			got := ram.Evaluate(key.Principal.Policies, ram.Request{
				Action: esaops.ApplyCertificate.RAMAction, Resource: esaops.ApplyCertificate.Resource("cn-hangzhou", account, c.site), Context: attributes,
			})
			if got.Allowed != c.allowed || got.NoPermissionType != c.reason {
				t.Errorf("got %v, want allowed %v %s", got, c.allowed, c.reason)
			}
		})
	}
}

func TestExampleCredentials(t *testing.T) {
	t.Parallel()
	d := lookup.New(example(t))
	if key, _ := d.AccessKey("testid"); key.Secret != "testsecret" || key.Disabled {
		t.Error("testid is not as documented")
	}
	if key, _ := d.AccessKey("disabled-id"); !key.Disabled {
		t.Error("disabled-id is not disabled")
	}
	sts, _ := d.AccessKey("STS.testid")
	if sts.Secret != "sts-secret" || sts.Token != "sts-token-example" || !sts.Expires.IsZero() {
		t.Error("STS.testid is not as documented")
	}
	expired, _ := d.AccessKey("STS.expired-id")
	if want := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); !expired.Expires.Equal(want) {
		t.Errorf("STS.expired-id expires %v", expired.Expires)
	}
	bearer, ok := d.BearerToken("bearer-token-example")
	if !ok || bearer.Principal.Name != "bearer" {
		t.Error("the bearer token is not as documented")
	}
	if d.SecurityToken("unknown") || !d.SecurityToken("expired-token-example") {
		t.Error("unexpected security tokens")
	}
}

func ExampleParse() {
	_, err := config.Parse([]byte(`
accounts:
  - id: 1000000000000001
    plans:
      - id: standard
        quotas: {lets_encrypt: 100}
    sites:
      - id: 1234567890123
        name: example.com
        acess: NS
        plan: premium
`), "esacertd.yaml")
	fmt.Println(err)
	// Output:
	// esacertd.yaml:10:9: accounts[0].sites[0].acess: unknown key, did you mean "access"?
	// esacertd.yaml:11:15: accounts[0].sites[0].plan: unknown plan "premium": the account has standard
}

func ExampleConfig_Validate() {
	cfg, err := config.Parse(config.Example(), "example.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.Listen = "0.0.0.0" // as a flag would
	fmt.Println(cfg.Validate())
	// Output:
	// listen: invalid address "0.0.0.0": want host:port, for example 127.0.0.1:8080 or :0
}
