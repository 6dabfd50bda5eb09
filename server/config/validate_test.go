package config_test

import (
	"errors"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/ram"
)

// Validate reports the same problems of a configuration built in Go as Parse does of
// a file.
func TestValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(c *config.Config)
		want   string // "" if it stays valid
	}{
		{"unchanged", func(*config.Config) {}, ""},
		{"any port", func(c *config.Config) { c.Listen, c.Admin = ":0", "[::1]:0" }, ""},
		{"no admin", func(c *config.Config) { c.Admin = config.Off }, ""},
		{"equal addresses", func(c *config.Config) { c.Listen, c.Admin = "127.0.0.1:8443", "127.0.0.1:8443" },
			"admin: 127.0.0.1:8443 is also the address of listen; choose another port"},
		{"equal hosts in two spellings", func(c *config.Config) { c.Listen, c.Admin = "localhost:8443", "[::ffff:127.0.0.1]:08443" },
			"admin: [::ffff:127.0.0.1]:08443 is also the address of listen; choose another port"},
		{"two hosts of one port", func(c *config.Config) { c.Listen, c.Admin = "127.0.0.1:8443", "[::1]:8443" }, ""},
		{"an address among all", func(c *config.Config) { c.Listen, c.Admin = "0.0.0.0:8443", "127.0.0.1:8443" },
			"admin: 127.0.0.1:8443 is part of 0.0.0.0:8443, the address of listen; choose another port"},
		{"all with an address", func(c *config.Config) { c.Listen, c.Admin = "127.0.0.1:8443", ":8443" },
			"admin: :8443 includes 127.0.0.1:8443, the address of listen; choose another port"},
		{"challenges at the address of the API", func(c *config.Config) { c.Listen, c.Issuing.HTTP01.Listen = ":80", ":80" },
			"issuing.http01.listen: :80 is also the address of listen; choose another port"},
		{"challenges that are off", func(c *config.Config) {
			c.Listen, c.Issuing.HTTP01.Listen, c.Issuing.Off = ":80", ":80", true
		}, ""},
		{"number that is too large", func(c *config.Config) { c.Listen = "300.1.1.1:8080" }, `listen: invalid address "300.1.1.1:8080": 300.1.1.1 is neither an IP address nor a host name`},
		{"three numbers", func(c *config.Config) { c.Listen = "127.0.0:8080" }, `listen: invalid address "127.0.0:8080": 127.0.0 is neither an IP address nor a host name`},
		{"host with a space", func(c *config.Config) { c.Listen = "a b:8080" }, `listen: invalid address "a b:8080": a b is neither an IP address nor a host name`},
		{"host with an empty label", func(c *config.Config) { c.Listen = "a..b:8080" }, `listen: invalid address "a..b:8080": a..b is neither an IP address nor a host name`},
		{"host names", func(c *config.Config) { c.Listen, c.Admin = "server_1.example.com.:8080", "[fe80::1%eth0]:8080" }, ""},
		{"listen off", func(c *config.Config) { c.Listen = config.Off }, `listen: invalid address "off": want host:port, for example 127.0.0.1:8080 or :0`},
		{"named port", func(c *config.Config) { c.Admin = "127.0.0.1:http" }, `admin: invalid address "127.0.0.1:http": want host:port, for example 127.0.0.1:8080 or :0`},
		{"no region", func(c *config.Config) { c.Region = "" }, `region: invalid region ID "" (for example cn-hangzhou)`},
		{"host with port", func(c *config.Config) { c.HostID = "127.0.0.1:8080" }, ""},
		{"log level", func(c *config.Config) { c.LogLevel = "trace" }, `log_level: invalid value "trace": want debug, info, warn or error`},
		{"no accounts", func(c *config.Config) { c.Accounts = nil }, `accounts: want at least one account`},
		{"two problems", func(c *config.Config) { c.Store, c.Nonces.Capacity = "", 0 },
			"store: empty; want a database file path or :memory:\nnonces.capacity: 0 is not between 1 and 100000000"},
		{"unknown family", func(c *config.Config) { c.Accounts[0].Plans[0].Quotas["zerossl"] = 1 },
			`accounts[0].plans[0].quotas.zerossl: unknown certificate family "zerossl": want lets_encrypt, digicert or upload`},
		{"negative quota", func(c *config.Config) { c.Accounts[0].Plans[0].Quotas["digicert"] = -2 },
			`accounts[0].plans[0].quotas.digicert: want a non-negative number, or unlimited`},
		{"negative records", func(c *config.Config) { c.Accounts[0].Plans[0].DNSRecordLimit = -2 },
			`accounts[0].plans[0].records: want a non-negative number, or unlimited`},
		{"policy without document", func(c *config.Config) { c.Policies["none"] = nil }, `policies.none: policy document is missing`},
		{"policy in Go", func(c *config.Config) {
			c.Policies["all"] = ram.AllowAll()
			c.Accounts[0].Users[0].Policies = []string{"all", ram.AdministratorAccess}
		}, ""},
		{"site in Go", func(c *config.Config) {
			c.Accounts[0].Sites = append(c.Accounts[0].Sites, config.Site{
				ID: 7, Name: "example.org", Access: operations.NS, Status: operations.Active, Plan: "standard",
			})
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := example(t)
			c.change(cfg)
			err := cfg.Validate()
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var wrong *config.Error
			if !errors.As(err, &wrong) || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// The configuration of an empty file is valid after an account is added.
func TestDefault(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	if err := cfg.Validate(); err == nil {
		t.Error("valid without an account")
	}
	cfg.Accounts = []config.Account{{ID: "1"}}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
}
