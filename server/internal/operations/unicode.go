package operations

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// longestUnicode bounds what is converted, in octets before conversion. A name
// of 253 octets in punycode comes from at most 253 characters of 4 octets, give
// or take marks that are composed or dropped. Encoding takes time that grows
// with the square of a label's length, so longer ones are not tried.
const maxUnicodeBytes = 1024

// parseUnicode turns an item with characters beyond ASCII into its normal form,
// by the lookup profile of IDNA (UTS #46, with the rules of RFC 5891, section
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

// cutWildcard takes "*." away. The dot may be any of those that UTS #46 takes
// for one.
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

// checkEncoded judges the labels of a lower-case ASCII name that stand for
// Unicode ones: each must be what encoding gives for a label that the lookup
// profile takes.
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

// nameProfile is the lookup profile for a whole name. It leaves hyphens alone,
// since the profile's own rule would refuse ASCII labels like "r3---sn" that
// exist and are valid here; checkEncoded applies that rule to the Unicode
// labels.
func nameProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false))
}
