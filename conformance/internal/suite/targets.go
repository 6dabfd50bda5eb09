package suite

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/internal/redact"
)

// Targets describes the server under test: its endpoint, keys and sites. A case runs
// if the targets meet its needs.
type Targets struct {
	// Endpoint is the URL of the server for ParseURL, or "" if it is set by other
	// means.
	Endpoint string `yaml:"endpoint,omitempty"`
	// Journal is the URL of the server's journal, which reports the rule that rejected
	// a request, or "" if the server does not have one.
	Journal string `yaml:"journal,omitempty"`
	// Keys has access keys and bearer tokens by their name in KeyNames.
	Keys map[string]Key `yaml:"keys,omitempty"`
	// Sites has sites by their name in SiteNames.
	Sites map[string]Site `yaml:"sites,omitempty"`
	// ScenarioBase + N is the ID of a site that returns row N of the documented table
	// for any correctly signed request. 0 if the server does not have these sites.
	ScenarioBase int64 `yaml:"scenario_base,omitempty"`
}

// Key is an access key, permanent or temporary, or a bearer token. It prints without
// secrets.
type Key struct {
	ID            string `yaml:"access_key_id,omitempty"`
	Secret        string `yaml:"access_key_secret,omitempty"`
	SecurityToken string `yaml:"security_token,omitempty"`
	BearerToken   string `yaml:"bearer_token,omitempty"`
}

// String returns the kind of key and its ID, without secrets.
func (k Key) String() string {
	switch {
	case k.BearerToken != "":
		return "bearer token"
	case k.SecurityToken != "":
		return "temporary key " + k.ID
	}
	return "key " + k.ID
}

// GoString is String, so that %#v does not print secrets.
func (k Key) GoString() string { return k.String() }

// Site is a site of the server under test.
type Site struct {
	ID   int64  `yaml:"id"`
	Name string `yaml:"name"`
}

//go:embed targets.template.yaml
var template string

// Template returns a targets file to complete, with a comment for every key. It is
// valid.
func Template() string { return template }

//go:embed targets.schema.json
var targetsSchema []byte

// TargetsSchema returns the JSON Schema (draft 2020-12) of the targets file, for
// editors.
func TargetsSchema() []byte { return slices.Clone(targetsSchema) }

// ParseTargets parses a targets file. Name is the file name for messages. The error
// is of type Problems.
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

// Has reports whether the targets meet a need, for example sites.cname.
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

// UnmetNeeds returns the needs of a case that the targets do not meet.
func (t *Targets) UnmetNeeds(c *ServerCase) []string {
	var missing []string
	for _, need := range c.Needs {
		if !t.Has(need) {
			missing = append(missing, need)
		}
	}
	return missing
}

// Secrets returns the values that must be redacted in reports.
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
	add := func(format string, args ...any) { messages = append(messages, fmt.Sprintf(format, args...)) }
	if err := checkURL(t.Endpoint); err != nil {
		add("endpoint: %v", err)
	}
	if err := checkURL(t.Journal); err != nil {
		add("journal: %v", err)
	}
	if t.ScenarioBase < 0 {
		add("scenario_base: invalid site ID %d", t.ScenarioBase)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Keys)) {
		if !slices.Contains(KeyNames(), name) {
			add("keys.%s: unknown key name; want one of %s", name, strings.Join(KeyNames(), ", "))
		} else if message := t.Keys[name].check(name); message != "" {
			add("keys.%s: %s", name, message)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Sites)) {
		site := t.Sites[name]
		switch {
		case !slices.Contains(SiteNames(), name):
			add("sites.%s: unknown site name; want one of %s", name, strings.Join(SiteNames(), ", "))
		case site.ID == 0 || site.Name == "":
			add("sites.%s: id or name is missing", name)
		}
	}
	return messages
}

// checkURL accepts an empty URL.
func checkURL(raw string) error {
	if raw == "" {
		return nil
	}
	if _, err := ParseURL(raw); err != nil {
		return fmt.Errorf("%s: %w", redact.URL(raw), err)
	}
	return nil
}

// check returns a message if the key is not of the kind that its name implies.
func (k Key) check(name string) string {
	isBearer, isTemporary := strings.HasPrefix(name, "bearer"), strings.HasPrefix(name, "sts")
	switch {
	case isBearer && (k.BearerToken == "" || k.ID != "" || k.Secret != "" || k.SecurityToken != ""):
		return "want bearer_token only"
	case isBearer:
		return ""
	case k.ID == "" || k.Secret == "" || k.BearerToken != "":
		return "want access_key_id and access_key_secret, without bearer_token"
	case isTemporary && k.SecurityToken == "":
		return "security_token of a temporary key is missing"
	case !isTemporary && k.SecurityToken != "":
		return "security_token is set, but this is not a temporary key (sts…)"
	}
	return ""
}
