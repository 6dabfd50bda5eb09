package suite

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
)

// placeholder is ${…}; what is between the braces has words and dots.
var placeholderPattern = regexp.MustCompile(`\$\{([^{}]*)\}`)

// Expand fills the placeholders of a text:
//
//	${site.NAME.id}      the id of a site of the targets
//	${site.NAME.name}    its name
//	${key.NAME.id}       the id of an access key of the targets
//	${key.NAME.token}    its security or bearer token
//	${scenario.KEY}      the id of the site that answers the error with this key
//	${unique}            the label that was given: no other run of any case has it,
//	                     and all texts of one run share it
//	${names.N.NAME}      N different names of a site, separated by commas
//	${name.N.NAME}       a name of a site with N octets in all, its label unique
//	${letters.N}         N times the letter a
//
// An unknown placeholder, or one for which the targets have nothing, is an
// error.
func Expand(text string, targets *Targets, unique string) (string, error) {
	var failed error
	expanded := placeholderPattern.ReplaceAllStringFunc(text, func(match string) string {
		value, err := fill(match[2:len(match)-1], targets, unique)
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

// What a number in a placeholder may ask for.
const (
	maxLetters = 4 << 20
	maxNames   = 4 << 10
)

func fill(name string, targets *Targets, unique string) (string, error) {
	parts := strings.SplitN(name, ".", 3)
	switch {
	case name == "unique":
		return unique, nil
	case parts[0] == "scenario" && len(parts) > 1:
		return targets.scenario(strings.TrimPrefix(name, "scenario."))
	case parts[0] == "letters" && len(parts) == 2:
		n, err := count(parts[1], maxLetters)
		return strings.Repeat("a", n), err
	case len(parts) < 3:
		return "", fmt.Errorf("there is none of this form")
	case parts[0] == "site":
		return targets.siteField(parts[1], parts[2])
	case parts[0] == "key":
		return targets.keyField(parts[1], parts[2])
	case parts[0] == "names":
		return targets.names(parts[1], parts[2], unique)
	case parts[0] == "name":
		return targets.longName(parts[1], parts[2], unique)
	}
	return "", fmt.Errorf("there is none of this form")
}

func count(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is no number from 1 to %d", text, most)
	}
	return n, nil
}

func (t *Targets) siteField(name, field string) (string, error) {
	site, ok := t.Sites[name]
	if !ok {
		return "", fmt.Errorf("the targets have no site %s", name)
	}
	switch field {
	case "id":
		return strconv.FormatInt(site.ID, 10), nil
	case "name":
		return site.Name, nil
	}
	return "", fmt.Errorf("a site has an id and a name")
}

func (t *Targets) keyField(name, field string) (string, error) {
	key, ok := t.Keys[name]
	if !ok {
		return "", fmt.Errorf("the targets have no key %s", name)
	}
	switch field {
	case "id":
		return key.ID, nil
	case "token":
		return key.SecurityToken + key.BearerToken, nil
	}
	return "", fmt.Errorf("a key has an id and a token")
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

// longName puts labels of at most 63 letters before the unique label.
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
		return "", fmt.Errorf("%q and more do not fit into %d octets", name, n)
	}
	var labels strings.Builder
	for rest > 0 {
		letters := min(63, rest-1)
		if rest-letters-1 == 1 { // a label has a letter and a dot at least
			letters--
		}
		labels.WriteString(strings.Repeat("a", letters) + ".")
		rest -= letters + 1
	}
	return labels.String() + name, nil
}

func (t *Targets) scenario(key string) (string, error) {
	row, ok := esaerrors.ByKey(key)
	switch {
	case t.ScenarioBase == 0:
		return "", fmt.Errorf("the targets have no scenario_base")
	case !ok || row.Number == 0:
		return "", fmt.Errorf("no row of the table has the key %s", key)
	}
	return strconv.FormatInt(t.ScenarioBase+int64(row.Number), 10), nil
}
