package operations

import "strings"

// Name is a valid domain name in its normal form: lower case, Unicode labels as
// punycode, no surrounding spaces. It may begin with "*." and is then a wildcard.
// ParseName and ParseList return names; a converted string is not checked.
type Name string

// Wildcard reports whether the name begins with "*.".
func (n Name) Wildcard() bool { return strings.HasPrefix(string(n), "*.") }

// In reports whether the name belongs to the site: it is the site's name,
// a name below it, or a wildcard for either. The site's name must be in normal
// form.
func (n Name) In(site string) bool {
	base := strings.TrimPrefix(string(n), "*.")
	above, found := strings.CutSuffix(base, site)
	return found && site != "" && (above == "" || above[len(above)-1] == '.')
}
