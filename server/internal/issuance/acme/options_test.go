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
		want   []string // substrings of the error; nil for no error
	}{
		{"valid", func(*acme.Options) {}, nil},
		{"mailto", func(o *acme.Options) { o.Contacts = []string{"mailto:ops@example.com"} }, nil},
		{"empty", func(o *acme.Options) { *o = acme.Options{} }, []string{"missing Name", "missing Accounts", "missing Keys", "missing Solvers", "missing DirectoryURL"}},
		{"HTTP", func(o *acme.Options) { o.DirectoryURL = "http://ca.test/dir" }, []string{`"http://ca.test/dir", want https://`}},
		{"not a URL", func(o *acme.Options) { o.DirectoryURL = "letsencrypt" }, []string{`"letsencrypt", want for example https://`}},
		{"a password", func(o *acme.Options) { o.DirectoryURL = "https://me:hidden@ca.test/dir" }, []string{"must not contain a user name, password or fragment"}},
		{"contact", func(o *acme.Options) { o.Contacts = []string{"Ops <ops@example.com>", "ops"} }, []string{`"Ops <ops@example.com>", want`, `"ops", want a mail address`}},
		{"challenge", func(o *acme.Options) { o.Solvers = map[string]challenge.Solver{"dns": &http01.Solver{}} }, []string{`unknown challenge type "dns", want http-01 or dns-01`}},
		{"nil solver", func(o *acme.Options) { o.Solvers = map[string]challenge.Solver{challenge.DNS01: nil} }, []string{"the solver of dns-01 is nil"}},
		{"roots", func(o *acme.Options) { o.Roots = []byte("not PEM") }, []string{"no certificate found in the roots"}},
		{"times", func(o *acme.Options) { o.Poll = -time.Second }, []string{"must not be negative"}},
		{"HMAC of another alphabet", func(o *acme.Options) {
			o.ExternalAccount = &acme.ExternalAccount{KeyID: "k", HMAC: "hidden+hidden/hidden+hidden/hidden=="}
		}, nil},
		{"HMAC in another encoding", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: "k", HMAC: "hidden, hidden!"} }, []string{`the HMAC key of the external account "k" is not base64url`}},
		{"truncated HMAC", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: "k", HMAC: "aGlkZGVu"} }, []string{"has 6 bytes, want at least 16"}},
		{"no HMAC", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{KeyID: "k"} }, []string{"has no HMAC key"}},
		{"no key id", func(o *acme.Options) { o.ExternalAccount = &acme.ExternalAccount{HMAC: secret} }, []string{"has no key id"}},
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
					t.Errorf("got %v\nwant %q", err, want)
				}
			}
			if err != nil && (strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "aGlkZGVu")) {
				t.Errorf("%v\ncontains a secret", err)
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
				t.Errorf("%s: got %s, want the key id and no secret", verb, got)
			}
		}
	}
}
