package config_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/directory"
	"github.com/esacert/esacert/server/internal/lookup"
	"github.com/goccy/go-yaml"
)

// wrapper holds a configuration in unexported fields, whose methods fmt does
// not call.
type wrapper struct {
	cfg       *config.Config
	accounts  []config.Account
	secret    config.Secret
	directory *directory.Lookup
}

// Printing, logging and marshaling redact all secrets.
func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	cfg, err := parse(t, "testdata/good/everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{
		"123456", "key-from-environment", "key-from-file", "sts-from-file", "token-from-environment",
		"bearer-from-environment", "of-the-account", "two\nlines", `two\nlines`,
	}
	key, _ := lookup.New(cfg).AccessKey("from-file")
	if key.Secret != "123456" {
		t.Fatalf("the secret is %q", key.Secret)
	}
	hidden := wrapper{cfg, cfg.Accounts, cfg.Accounts[0].AccessKeys[0].Secret, lookup.New(cfg)}
	for _, value := range []any{cfg, *cfg, cfg.Accounts, hidden, &hidden, lookup.New(cfg), *lookup.New(cfg), hidden.secret, &hidden.secret} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			check(t, fmt.Sprintf(verb, value), fmt.Sprintf("%s of %T", verb, value), secrets)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "value", value)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "value", value)
		check(t, log.String(), fmt.Sprintf("slog of %T", value), secrets)
		if encoded, err := json.Marshal(value); err == nil {
			check(t, string(encoded), fmt.Sprintf("JSON of %T", value), secrets)
		}
		if encoded, err := yaml.Marshal(value); err == nil {
			check(t, string(encoded), fmt.Sprintf("YAML of %T", value), secrets)
		}
	}
}

// A lookup prints counts, by value and by pointer.
func TestLookupShowsCounts(t *testing.T) {
	t.Parallel()
	d := lookup.New(example(t))
	const want = "directory of 9 access keys, 2 bearer tokens, 8 sites, 5 plans, 2 scenarios"
	for _, got := range []string{fmt.Sprint(d), fmt.Sprint(*d), fmt.Sprintf("%+v", d), fmt.Sprintf("%#v", *d)} {
		if got != want {
			t.Errorf("got %s", got)
		}
	}
}

func check(t *testing.T, output, what string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		// The account id has these digits too.
		if strings.Contains(strings.ReplaceAll(output, "0012345", ""), secret) {
			t.Errorf("%s shows %q", what, secret)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	var none config.Secret
	for _, c := range []struct {
		name    string
		secret  config.Secret
		content string
		shown   string
	}{
		{"zero", none, "", ""},
		{"empty", config.NewSecret(""), "", ""},
		{"set", config.NewSecret("geheim"), "geheim", "***"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.secret.Reveal(); got != c.content {
				t.Errorf("Reveal: %q", got)
			}
			if got := fmt.Sprintf("%s|%v|%q", c.secret, c.secret, c.secret); got != strings.Repeat(c.shown+"|", 2)+c.shown {
				t.Errorf("printed: %q", got)
			}
			encoded, err := json.Marshal(c.secret)
			if err != nil || string(encoded) != `"`+c.shown+`"` {
				t.Errorf("JSON: %s, %v", encoded, err)
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("m", "value", c.secret)
			if want := fmt.Sprintf("value=%s\n", cmp.Or(c.shown, `""`)); !strings.HasSuffix(log.String(), want) {
				t.Errorf("logged: %q", log.String())
			}
		})
	}
}

func ExampleSecret() {
	secret := config.NewSecret("testsecret")
	fmt.Println(secret, len(secret.Reveal()))
	// Output: *** 10
}
