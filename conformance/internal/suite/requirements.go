package suite

import (
	"slices"
	"strings"
)

// SiteNames lists the sites that cases may need; Template says what each is.
func SiteNames() []string {
	return []string{"active", "cname", "pending", "quota_full", "records_full", "quota_unreachable", "other_account"}
}

// KeyNames lists the keys that cases may need; Template says what each is.
func KeyNames() []string {
	return []string{"account", "disabled", "denied", "one_site", "sts", "sts_expired", "sts_other_token", "bearer", "bearer_expired"}
}

// Needs lists everything that a case may need of the targets.
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

// addNeeds adds what the steps of a case show that they need: the keys that
// sign, and what placeholders stand for. Needs then has each once, in the order
// of the vocabulary.
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
		step.eachString(func(text string) {
			for _, match := range placeholderPattern.FindAllStringSubmatch(text, -1) {
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
	// What is not in the vocabulary stays, for check to complain about.
	for _, need := range c.Needs {
		if seen[need] {
			needs = append(needs, need)
		}
	}
	c.Needs = slices.Compact(needs)
}

// keyName is the key of the targets that a request is signed with; "" if none
// is.
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

// needOf is the need that a placeholder stands for.
func needOf(placeholder string) string {
	parts := strings.Split(placeholder, ".")
	switch {
	case len(parts) == 3 && parts[0] == "site":
		return "sites." + parts[1]
	case len(parts) == 3 && parts[0] == "key":
		return "keys." + parts[1]
	case len(parts) == 3 && (parts[0] == "names" || parts[0] == "name"):
		return "sites." + parts[2]
	case parts[0] == "scenario":
		return "scenarios"
	}
	return ""
}

// eachString visits every text of a step that may have placeholders.
func (s *Step) eachString(visit func(string)) {
	r := &s.Request
	for _, text := range []string{r.Path, r.RawQuery, r.Raw} {
		visit(text)
	}
	for _, text := range []*string{r.Body, r.Action, r.Version, r.KeyID, r.Token} {
		if text != nil {
			visit(*text)
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
	for _, texts := range []map[string]string{a.Headers, a.Fields} {
		for _, text := range texts {
			visit(text)
		}
	}
	for _, text := range a.MessageContains {
		visit(text)
	}
}
