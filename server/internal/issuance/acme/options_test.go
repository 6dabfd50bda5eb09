package acme_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/http01"
	"github.com/esacert/esacert/server/internal/issuance/seal"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	keys, err := seal.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*acme.Options)
		want   []string // what the error says; none for no error
	}{
		{"fine", func(*acme.Options) {}, nil},
		{"mailto", func(o *acme.Options) { o.Contacts = []string{"mailto:ops@example.com"} }, nil},
		{"nothing", func(o *acme.Options) { *o = acme.Options{} }, []string{"Name is needed", "Accounts is needed", "Keys is needed", "Solvers: ", "a Directory is needed"}},
		{"HTTP", func(o *acme.Options) { o.DirectoryURL = "http://ca.test/dir" }, []string{`"http://ca.test/dir" must begin with https://`}},
		{"not a URL", func(o *acme.Options) { o.DirectoryURL = "letsencrypt" }, []string{`"letsencrypt" is not a URL like https://`}},
		{"a password", func(o *acme.Options) { o.DirectoryURL = "https://me:hidden@ca.test/dir" }, []string{"no user name, password or fragment"}},
		{"contact", func(o *acme.Options) { o.Contacts = []string{"Ops <ops@example.com>", "ops"} }, []string{`"Ops <ops@example.com>" is not`, `"ops" is not a mail address like`}},
		{"challenge", func(o *acme.Options) { o.Solvers = map[string]challenge.Solver{"dns": &http01.Solver{}} }, []string{`the challenge "dns" is not known: use http-01 or dns-01`}},
		{"nil solver", func(o *acme.Options) { o.Solvers = map[string]challenge.Solver{challenge.DNS01: nil} }, []string{"the solver of dns-01 is nil"}},
		{"roots", func(o *acme.Options) { o.Roots = []byte("not PEM") }, []string{"no certificate is in the roots"}},
		{"times", func(o *acme.Options) { o.Poll = -time.Second }, []string{"must not be negative"}},
		{"HMAC of another alphabet", func(o *acme.Options) {
			o.ExternalAccount = &acme.ExternalAccount{KeyID: "k", HMAC: "hidden+hidden/hidden+hidden/hidden=="}
		}, nil},
		{"HMAC that is none", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: "k", HMAC: "hidden, hidden!"} }, []string{`the HMAC key of the external account "k" is not base64url`}},
		{"HMAC cut off", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: "k", HMAC: "aGlkZGVu"} }, []string{"has 6 bytes: at least 16"}},
		{"no HMAC", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: "k"} }, []string{"needs an HMAC key"}},
		{"no key id", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{HMAC: secret} }, []string{"needs a key id"}},
		{"key id", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: "k\n", HMAC: secret} }, []string{"byte 2 of the external account's key id"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := acme.Options{Name: "a", DirectoryURL: "https://ca.test/dir", Accounts: newAccounts(), Keys: keys, Solvers: map[string]challenge.Solver{challenge.HTTP01: &http01.Solver{}}}
			c.change(&o)
			_, err := acme.New(o)
			if (err != nil) != (c.want != nil) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nsays not %q", err, want)
				}
			}
			if err != nil && (strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "aGlkZGVu")) {
				t.Errorf("%v\nshows a secret", err)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	e := acme.ExternalAccount{KeyID: "k", HMAC: secret}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		for _, value := range []any{e, &e, struct{ E *acme.ExternalAccount }{&e}.E} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, secret[:8]) || !strings.Contains(got, "k") {
				t.Errorf("%s prints %s", verb, got)
			}
		}
	}
}
