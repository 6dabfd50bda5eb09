package operations

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxUnicodeBytes is the longest name to convert, in octets before conversion. 253
// octets of punycode encode at most 253 characters of 4 octets, except for marks
// that are composed or dropped. Encoding time grows with the square of a label's
// length, so longer names are refused.
const maxUnicodeBytes = 1024

// parseUnicode converts an item with non-ASCII characters to its normal form by the lookup profile of IDNA (UTS #46, with the rules of RFC 5891, section
// 5): characters are mapped (case, width, composition), checked, and labels
// written as punycode.
func parseUnicode(item string) (Name, flaw) {
	if len(item) > maxUnicodeBytes {
		return "", LongName.flawf("it has %d octets before conversion to punycode, more than %d", len(item), maxUnicodeBytes)
	}
	if !utf8.ValidString(item) {
		return "", InvalidUnicode.flaw("it is not valid UTF-8")
	}
	base, wildcard := cutWildcard(item)
	base, err := nameProfile().ToASCII(base)
	if err != nil {
		return "", InvalidUnicode.flaw(err.Error())
	}
	normal := base
	if wildcard {
		normal = "*." + base
	}
	if found := checkName(normal, base); found != (flaw{}) {
		return "", found
	}
	return Name(normal), flaw{}
}

// cutWildcard removes "*.". The dot may be any that UTS #46 maps to a dot.
func cutWildcard(item string) (base string, wildcard bool) {
	rest, found := strings.CutPrefix(item, "*")
	if !found {
		return item, false
	}
	for _, dot := range []string{".", "。", "．", "｡"} {
		if base, found := strings.CutPrefix(rest, dot); found {
			return base, true
		}
	}
	return item, false
}

// checkEncoded checks the labels of a lower-case ASCII name that encode Unicode
// ones: each must be the encoding of a label that the lookup profile accepts.
func checkEncoded(base string) flaw {
	again, err := nameProfile().ToASCII(base)
	if err != nil {
		return InvalidUnicode.flaw(err.Error())
	}
	if again != base {
		return InvalidUnicode.flawf("its punycode is not in normal form, which is %q", truncate(again))
	}
	for label := range strings.SplitSeq(base, ".") {
		if !strings.HasPrefix(label, acePrefix) {
			continue
		}
		if _, err := idna.Lookup.ToUnicode(label); err != nil {
			return InvalidUnicode.flaw(err.Error())
		}
	}
	return flaw{}
}

// nameProfile is the lookup profile for a whole name. It does not check hyphens,
// since the profile's rule would refuse ASCII labels, for example "r3---sn", that
// exist and are valid here; checkEncoded applies that rule to the Unicode
// labels.
func nameProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false))
}
