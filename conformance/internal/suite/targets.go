package suite

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Targets says what there is to test a server with: where it is, which keys and
// sites it has. A case is run if the targets have what it needs.
type Targets struct {
	// Endpoint is scheme, host and port of the server, as ParseURL reads it; "" if
	// it is given another way.
	Endpoint string `yaml:"endpoint,omitempty"`
	// Journal is the URL of the server's journal of requests, which says which
	// rule refused a request; "" for servers that have none.
	Journal string `yaml:"journal,omitempty"`
	// Keys are access keys and bearer tokens by the names of KeyNames.
	Keys map[string]Key `yaml:"keys,omitempty"`
	// Sites are sites by the names of SiteNames.
	Sites map[string]Site `yaml:"sites,omitempty"`
	// ScenarioBase + N is a site that answers row N of the documented table to any
	// well-signed request; 0 for servers without such sites.
	ScenarioBase int64 `yaml:"scenario_base,omitempty"`
}

// Key is an access key, permanent or temporary, or a bearer token. Its texts are
// secrets, so it prints without them.
type Key struct {
	ID            string `yaml:"access_key_id,omitempty"`
	Secret        string `yaml:"access_key_secret,omitempty"`
	SecurityToken string `yaml:"security_token,omitempty"`
	BearerToken   string `yaml:"bearer_token,omitempty"`
}

// String tells what is there, and no secret.
func (k Key) String() string {
	switch {
	case k.BearerToken != "":
		return "bearer token"
	case k.SecurityToken != "":
		return "temporary key " + k.ID
	}
	return "key " + k.ID
}

// GoString is String: %#v shows no secret either.
func (k Key) GoString() string { return k.String() }

// Site is a site of the targets.
type Site struct {
	ID   int64  `yaml:"id"`
	Name string `yaml:"name"`
}

//go:embed targets.template.yaml
var template string

// Template gives a targets file with a comment at every key, for people to fill
// in. As it stands it is a valid one.
func Template() string { return template }

// ParseTargets reads a targets file. Name is that of the file, for messages. The
// error is of type Problems.
func ParseTargets(name string, data []byte) (*Targets, error) {
	var (
		targets  Targets
		problems Problems
	)
	root := parseDocument(name, data, &problems)
	if root != nil {
		if err := yaml.NodeToValue(root, &targets, yaml.Strict()); err != nil {
			problems.addYAML(name, root, err)
		}
	}
	if len(problems) == 0 {
		for _, message := range targets.check() {
			problems = append(problems, Problem{File: name, Message: message})
		}
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	return &targets, nil
}

// Has tells whether the targets meet a need of a case, such as sites.cname.
func (t *Targets) Has(need string) bool {
	if t == nil {
		return false
	}
	kind, name, _ := strings.Cut(need, ".")
	switch kind {
	case "sites":
		_, ok := t.Sites[name]
		return ok
	case "keys":
		_, ok := t.Keys[name]
		return ok
	case "scenarios":
		return t.ScenarioBase != 0
	}
	return false
}

// UnmetNeeds lists the needs of a case that the targets do not meet.
func (t *Targets) UnmetNeeds(c *ServerCase) []string {
	var missing []string
	for _, need := range c.Needs {
		if !t.Has(need) {
			missing = append(missing, need)
		}
	}
	return missing
}

// Secrets lists every text of the targets that no report may show.
func (t *Targets) Secrets() []string {
	var secrets []string
	for _, name := range slices.Sorted(maps.Keys(t.Keys)) {
		key := t.Keys[name]
		for _, secret := range []string{key.Secret, key.SecurityToken, key.BearerToken} {
			if secret != "" {
				secrets = append(secrets, secret)
			}
		}
	}
	return secrets
}

func (t *Targets) check() (messages []string) {
	complain := func(format string, args ...any) { messages = append(messages, fmt.Sprintf(format, args...)) }
	if err := checkURL(t.Endpoint); err != nil {
		complain("endpoint: %v", err)
	}
	if err := checkURL(t.Journal); err != nil {
		complain("journal: %v", err)
	}
	if t.ScenarioBase < 0 {
		complain("scenario_base: %d is no site id", t.ScenarioBase)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Keys)) {
		if !slices.Contains(KeyNames(), name) {
			complain("keys.%s: no case needs a key of this name; they are %s", name, strings.Join(KeyNames(), ", "))
		} else if message := t.Keys[name].check(name); message != "" {
			complain("keys.%s: %s", name, message)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Sites)) {
		site := t.Sites[name]
		switch {
		case !slices.Contains(SiteNames(), name):
			complain("sites.%s: no case needs a site of this name; they are %s", name, strings.Join(SiteNames(), ", "))
		case site.ID == 0 || site.Name == "":
			complain("sites.%s: a site has an id and a name", name)
		}
	}
	return messages
}

// checkURL accepts "" for a URL that is not set.
func checkURL(text string) error {
	if text == "" {
		return nil
	}
	if _, err := ParseURL(text); err != nil {
		return fmt.Errorf("%s: %w", RedactURL(text), err)
	}
	return nil
}

// check holds a key against what its name promises.
func (k Key) check(name string) string {
	isBearer, isTemporary := strings.HasPrefix(name, "bearer"), strings.HasPrefix(name, "sts")
	switch {
	case isBearer && (k.BearerToken == "" || k.ID != "" || k.Secret != "" || k.SecurityToken != ""):
		return "it has a bearer_token and nothing else"
	case isBearer:
		return ""
	case k.ID == "" || k.Secret == "" || k.BearerToken != "":
		return "it has an access_key_id and an access_key_secret, and no bearer_token"
	case isTemporary && k.SecurityToken == "":
		return "a temporary key has a security_token"
	case !isTemporary && k.SecurityToken != "":
		return "only temporary keys (sts…) have a security_token"
	}
	return ""
}
