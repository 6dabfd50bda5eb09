package suite

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// placeholderPattern matches ${NAME}.
var placeholderPattern = regexp.MustCompile(`\$\{([^{}]*)\}`)

// Expand replaces the placeholders of a string:
//
//	${site.NAME.id}      the ID of a site of the targets file
//	${site.NAME.name}    the name of the site
//	${key.NAME.id}       the ID of an access key of the targets file
//	${key.NAME.token}    the security or bearer token of a key
//	${scenario.KEY}      the ID of the site that returns the error with this key
//	${unique}            the given label, unique to one run of one case
//	${names.N.NAME}      N different names within a site, separated by commas
//	${name.N.NAME}       a unique name within a site, of N octets in total
//	${letters.N}         the letter a, N times
//	${certificate.KIND.NAME}  a certificate for the name www.${unique} within a site, PEM; see CertificateKinds
//	${private_key.own}   the private key of these certificates, PEM
//	${private_key.other} another private key
//
// It returns an error for an unknown placeholder, and for one that the targets file
// lacks an entry for.
func Expand(s string, targets *Targets, unique string) (string, error) {
	return Values{Targets: targets, Unique: unique}.Expand(s)
}

// Values has the values of placeholders.
type Values struct {
	Targets  *Targets
	Unique   string
	Captured map[string]string // fields of earlier responses, by the names in Step.Capture
}

// Expand replaces placeholders as the function Expand does, and ${captured.NAME}.
func (v Values) Expand(s string) (string, error) {
	var failed error
	expanded := placeholderPattern.ReplaceAllStringFunc(s, func(match string) string {
		value, err := v.fill(match[2 : len(match)-1])
		if err != nil && failed == nil {
			failed = fmt.Errorf("placeholder %s: %w", match, err)
		}
		return value
	})
	if failed != nil {
		return "", failed
	}
	return expanded, nil
}

// Maximum values of numbers in placeholders.
const (
	maxLetters = 4 << 20
	maxNames   = 4 << 10
)

func (v Values) fill(name string) (string, error) {
	targets, unique := v.Targets, v.Unique
	parts := strings.SplitN(name, ".", 3)
	switch {
	case name == "unique":
		return unique, nil
	case parts[0] == "scenario" && len(parts) > 1:
		return targets.scenario(strings.TrimPrefix(name, "scenario."))
	case parts[0] == "letters" && len(parts) == 2:
		n, err := count(parts[1], maxLetters)
		return strings.Repeat("a", n), err
	case parts[0] == "captured" && len(parts) == 2:
		if value, ok := v.Captured[parts[1]]; ok {
			return value, nil
		}
		return "", fmt.Errorf("no earlier step captures %s", parts[1])
	case parts[0] == "private_key" && len(parts) == 2:
		return privateKeyPEM(unique, parts[1])
	case len(parts) < 3:
		return "", fmt.Errorf("unknown form")
	case parts[0] == "certificate":
		return targets.certificate(parts[1], parts[2], unique)
	case parts[0] == "site":
		return targets.siteField(parts[1], parts[2])
	case parts[0] == "key":
		return targets.keyField(parts[1], parts[2])
	case parts[0] == "names":
		return targets.names(parts[1], parts[2], unique)
	case parts[0] == "name":
		return targets.longName(parts[1], parts[2], unique)
	}
	return "", fmt.Errorf("unknown form")
}

func count(s string, limit int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > limit {
		return 0, fmt.Errorf("%q is not a number from 1 to %d", s, limit)
	}
	return n, nil
}

func (t *Targets) siteField(name, field string) (string, error) {
	site, ok := t.Sites[name]
	if !ok {
		return "", fmt.Errorf("no site %s in the targets file", name)
	}
	switch field {
	case "id":
		return strconv.FormatInt(site.ID, 10), nil
	case "name":
		return site.Name, nil
	}
	return "", fmt.Errorf("unknown field of a site; want id or name")
}

func (t *Targets) keyField(name, field string) (string, error) {
	key, ok := t.Keys[name]
	if !ok {
		return "", fmt.Errorf("no key %s in the targets file", name)
	}
	switch field {
	case "id":
		return key.ID, nil
	case "token":
		return key.SecurityToken + key.BearerToken, nil
	}
	return "", fmt.Errorf("unknown field of a key; want id or token")
}

func (t *Targets) names(number, site, unique string) (string, error) {
	n, err := count(number, maxNames)
	if err != nil {
		return "", err
	}
	name, err := t.siteField(site, "name")
	if err != nil {
		return "", err
	}
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("n%d.%s.%s", i+1, unique, name)
	}
	return strings.Join(list, ","), nil
}

// longName returns the unique name, extended in front by labels of up to 63 letters.
func (t *Targets) longName(number, site, unique string) (string, error) {
	n, err := count(number, maxLetters)
	if err != nil {
		return "", err
	}
	name, err := t.siteField(site, "name")
	if err != nil {
		return "", err
	}
	name = unique + "." + name
	rest := n - len(name)
	if rest < 0 || rest == 1 {
		return "", fmt.Errorf("%q cannot be extended to %d octets", name, n)
	}
	var labels strings.Builder
	for rest > 0 {
		letters := min(63, rest-1)
		if rest-letters-1 == 1 { // a label has at least a letter and a dot
			letters--
		}
		labels.WriteString(strings.Repeat("a", letters) + ".")
		rest -= letters + 1
	}
	return labels.String() + name, nil
}

func (t *Targets) scenario(key string) (string, error) {
	row, _ := esaerrors.ByKey(key)
	number := esaops.ApplyCertificate.Row(row)
	switch {
	case t.ScenarioBase == 0:
		return "", fmt.Errorf("no scenario_base in the targets file")
	case number == 0:
		return "", fmt.Errorf("no row of the documented table has the key %s", key)
	}
	return strconv.FormatInt(t.ScenarioBase+int64(number), 10), nil
}
