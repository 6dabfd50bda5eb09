package suite_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/internal/suite"
)

const fullTargets = `endpoint: https://esa.example
journal: http://127.0.0.1:1/journal
keys:
  account: {access_key_id: id-one, access_key_secret: secret-one}
  sts: {access_key_id: STS.id, access_key_secret: secret-two, security_token: token-two}
  bearer: {bearer_token: token-three}
sites:
  active: {id: 5, name: active.example}
  cname: {id: 6, name: cname.example}
scenario_base: 4000
`

func targets(t *testing.T, input string) *suite.Targets {
	t.Helper()
	parsed, err := suite.ParseTargets("targets.yaml", []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestParseTargets(t *testing.T) {
	t.Parallel()
	got := targets(t, fullTargets)
	if got.Endpoint != "https://esa.example" || got.Sites["active"].Name != "active.example" || got.Keys["sts"].SecurityToken != "token-two" || got.ScenarioBase != 4000 {
		t.Errorf("got %+v", got)
	}
	if secrets := got.Secrets(); !slices.Equal(secrets, []string{"secret-one", "token-three", "secret-two", "token-two"}) {
		t.Errorf("got secrets %q", secrets)
	}
	for _, input := range []string{fmt.Sprint(got.Keys), fmt.Sprintf("%+v", got), fmt.Sprintf("%#v", got.Keys["sts"])} {
		for _, secret := range got.Secrets() {
			if strings.Contains(input, secret) {
				t.Errorf("%s shows %s", input, secret)
			}
		}
	}
	if empty := targets(t, "# nothing\n"); len(empty.Keys) != 0 {
		t.Errorf("empty file: got %v", empty)
	}
}

func TestParseTargetsReportsAllProblems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, input string
		want        []string
	}{
		{"unknown key", "keys:\n  account: {access_key: a}\n", []string{`targets.yaml:2:13: unknown field "access_key"`}},
		{"not YAML", "keys: [", []string{"targets.yaml:1:"}},
		{"a list", "- a\n", []string{"targets.yaml:1:1: "}},
		{"names", "keys: {janitor: {access_key_id: a, access_key_secret: b}}\nsites: {moon: {id: 1, name: a}}\n", []string{"keys.janitor: unknown key name", "sites.moon: unknown site name"}},
		{"incomplete", "keys: {account: {access_key_id: a}, sts: {access_key_id: a, access_key_secret: b}, bearer: {access_key_id: a, bearer_token: b}, denied: {access_key_id: a, access_key_secret: b, security_token: c}}\nsites: {active: {id: 1}}\n",
			[]string{"keys.account: want access_key_id and access_key_secret", "keys.sts: security_token of a temporary key is missing", "keys.bearer: want bearer_token only", "keys.denied: security_token is set", "sites.active: id or name is missing"}},
		{"URLs", "endpoint: http://\njournal: ftp://a\nscenario_base: -1\n", []string{"endpoint: http://: invalid URL", "journal: ftp://a: invalid URL, want http://host:port", "scenario_base: invalid site ID -1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := suite.ParseTargets("targets.yaml", []byte(tc.input))
			var problems suite.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in\n%v", want, err)
				}
			}
		})
	}
}

// The template is a valid targets file and has every key and site that a case may
// need, possibly commented out.
func TestTemplate(t *testing.T) {
	t.Parallel()
	got := targets(t, suite.Template())
	if !got.Has("keys.account") || !got.Has("sites.active") {
		t.Error("the template lacks keys.account or sites.active")
	}
	uncommented := strings.ReplaceAll(suite.Template(), "# ", "")
	for _, name := range slices.Concat(suite.KeyNames(), suite.SiteNames(), []string{"endpoint", "journal", "scenario_base"}) {
		if !strings.Contains(uncommented, name+":") {
			t.Errorf("the template lacks %s", name)
		}
	}
}

func TestUnmetNeeds(t *testing.T) {
	t.Parallel()
	got := targets(t, fullTargets)
	c := &suite.ServerCase{Needs: []string{"keys.account", "keys.denied", "sites.cname", "sites.pending", "scenarios", "nonsense"}}
	if missing := got.UnmetNeeds(c); !slices.Equal(missing, []string{"keys.denied", "sites.pending", "nonsense"}) {
		t.Errorf("got %q", missing)
	}
	var none *suite.Targets
	if missing := none.UnmetNeeds(c); len(missing) != len(c.Needs) {
		t.Errorf("nil targets: got only %q", missing)
	}
	for _, need := range suite.Needs() {
		kind, name, _ := strings.Cut(need, ".")
		known := slices.Contains(suite.KeyNames(), name) || slices.Contains(suite.SiteNames(), name) || kind == "scenarios"
		if !known {
			t.Errorf("unknown kind of need %s", need)
		}
	}
}

// Targets that are marshaled and parsed again are equal.
func FuzzParseTargets(f *testing.F) {
	f.Add(fullTargets)
	f.Add(suite.Template())
	f.Add("endpoint: http://[::1]:80\n")
	f.Fuzz(func(t *testing.T, input string) {
		first, err := suite.ParseTargets("a", []byte(input))
		if err != nil {
			return
		}
		written, err := yaml.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := suite.ParseTargets("b", written)
		if err != nil {
			t.Fatalf("%v of\n%s", err, written)
		}
		if second.Endpoint != first.Endpoint || second.ScenarioBase != first.ScenarioBase || len(second.Keys) != len(first.Keys) || len(second.Sites) != len(first.Sites) {
			t.Fatalf("got %+v, then %+v", first, second)
		}
		for name, key := range first.Keys {
			if second.Keys[name] != key {
				t.Fatalf("key %s changed", name)
			}
		}
	})
}
