package suite

import (
	"slices"
	"strings"
)

// SiteNames lists the sites that cases may need. Template describes them.
func SiteNames() []string {
	return []string{"active", "cname", "pending", "quota_full", "records_full", "quota_unreachable", "other_account"}
}

// KeyNames lists the keys that cases may need. Template describes them.
func KeyNames() []string {
	return []string{"account", "disabled", "denied", "one_site", "sts", "sts_expired", "sts_other_token", "bearer", "bearer_expired"}
}

// Needs lists all entries of the targets file that a case may need.
func Needs() []string {
	var needs []string
	for _, name := range KeyNames() {
		needs = append(needs, "keys."+name)
	}
	for _, name := range SiteNames() {
		needs = append(needs, "sites."+name)
	}
	return append(needs, "scenarios")
}

// addNeeds adds the keys that sign requests and the entries that placeholders refer
// to. c.Needs then has each need once, in the order of Needs.
func (c *ServerCase) addNeeds() {
	seen := map[string]bool{}
	for _, need := range c.Needs {
		seen[need] = true
	}
	for i := range c.Steps {
		step := &c.Steps[i]
		if key := step.Request.keyName(); key != "" {
			seen["keys."+key] = true
		}
		step.eachString(func(s string) {
			for _, match := range placeholderPattern.FindAllStringSubmatch(s, -1) {
				if need := needOf(match[1]); need != "" {
					seen[need] = true
				}
			}
		})
	}
	var needs []string
	for _, need := range Needs() {
		if seen[need] {
			needs = append(needs, need)
			delete(seen, need)
		}
	}
	// Unknown needs stay, so that check reports them.
	for _, need := range c.Needs {
		if seen[need] {
			needs = append(needs, need)
		}
	}
	c.Needs = slices.Compact(needs)
}

// keyName returns the name of the key that signs the request, or "".
func (r *Request) keyName() string {
	switch {
	case r.Raw != "" || r.Scheme == "none":
		return ""
	case r.Key == "" && r.Scheme == "bearer":
		return "bearer"
	case r.Key == "":
		return "account"
	}
	return r.Key
}

// needOf returns the need that a placeholder implies, or "".
func needOf(placeholder string) string {
	parts := strings.Split(placeholder, ".")
	switch {
	case len(parts) == 3 && parts[0] == "site":
		return "sites." + parts[1]
	case len(parts) == 3 && parts[0] == "key":
		return "keys." + parts[1]
	case len(parts) == 3 && (parts[0] == "names" || parts[0] == "name" || parts[0] == "certificate"):
		return "sites." + parts[2]
	case parts[0] == "scenario":
		return "scenarios"
	}
	return ""
}

// eachString calls visit with every string that may contain placeholders.
func (s *Step) eachString(visit func(string)) {
	r := &s.Request
	for _, s := range []string{r.Path, r.RawQuery, r.Raw} {
		visit(s)
	}
	for _, s := range []*string{r.Body, r.Action, r.Version, r.KeyID, r.Token} {
		if s != nil {
			visit(*s)
		}
	}
	for _, list := range [][]Parameter{r.Parameters, r.Headers, r.Sign} {
		for _, p := range list {
			visit(p.Value)
		}
	}
	for _, tamper := range r.Tamper {
		for _, p := range []*Parameter{tamper.SetHeader, tamper.AddHeader, tamper.Replace} {
			if p != nil {
				visit(p.Value)
			}
		}
	}
	for i := range s.Responses {
		s.Responses[i].eachString(visit)
	}
}

func (a *ExpectedResponse) eachString(visit func(string)) {
	if a.Accepted != nil {
		visit(a.Accepted.SiteName)
		for _, domain := range a.Accepted.Domains {
			visit(domain)
		}
	}
	for _, patterns := range []map[string]string{a.Headers, a.Fields} {
		for _, pattern := range patterns {
			visit(pattern)
		}
	}
	for _, part := range a.MessageContains {
		visit(part)
	}
}
