package operations

import "fmt"

// Cause is a reason for the row "not a valid domain name". Its value is the
// phrase by which the row's remedy in the contract names it, so that the remedy
// leads the caller to the fault.
type Cause string

// The causes for which a name is not valid.
const (
	EmptyItem         Cause = "an empty item"
	TrailingDot       Cause = "a trailing dot"
	EmptyLabel        Cause = "a leading or double dot"
	ForeignCharacter  Cause = "a space, an underscore or another character besides letters, digits and hyphens"
	OuterHyphen       Cause = "a hyphen at the start or end of a label"
	MisplacedStar     Cause = "* anywhere but as the whole first label"
	LongLabel         Cause = "a label of more than 63 characters"
	LongName          Cause = "a name of more than 253"
	TopLevel          Cause = "a top-level domain alone"
	IPAddress         Cause = "an IP address"
	PublicSuffix      Cause = "a public suffix such as co.uk"
	InvalidUnicode    Cause = "Unicode or punycode that IDNA rejects"
	WildcardForSingle Cause = "digicert_single accepts plain names only"
	PlainForWildcard  Cause = "digicert_wildcard wildcards only"
)

// Causes lists all causes.
func Causes() []Cause {
	return []Cause{
		EmptyItem, TrailingDot, EmptyLabel, ForeignCharacter, OuterHyphen, MisplacedStar, LongLabel, LongName,
		TopLevel, IPAddress, PublicSuffix, InvalidUnicode, WildcardForSingle, PlainForWildcard,
	}
}

// flaw is the reason a name is invalid. The zero value means that it is valid.
type flaw struct {
	cause  Cause
	reason string // a sentence about the name, for the journal
}

// flaw returns a flaw of this cause.
func (c Cause) flaw(reason string) flaw { return flaw{cause: c, reason: reason} }

// flawf is flaw with a formatted reason.
func (c Cause) flawf(format string, args ...any) flaw {
	return flaw{cause: c, reason: fmt.Sprintf(format, args...)}
}
