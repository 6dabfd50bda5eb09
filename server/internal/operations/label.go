package operations

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Lengths of RFC 1035, section 2.3.4, in octets of the written form.
const (
	maxNameBytes  = 253
	maxLabelBytes = 63
)

// acePrefix begins a label that encodes a Unicode one. Source: RFC 5890,
// section 2.3.2.1.
const acePrefix = "xn--"

// checkName checks a lower-case ASCII name. base is the name without "*.".
func checkName(name, base string) flaw {
	if len(name) > maxNameBytes {
		return LongName.flawf("it has %d octets, more than %d", len(name), maxNameBytes)
	}
	offset := 1
	if len(base) < len(name) {
		offset = 2
	}
	if found := checkLabels(base, offset); found != (flaw{}) {
		return found
	}
	dot := strings.LastIndexByte(base, '.')
	if dot < 0 {
		return TopLevel.flaw("it has no name below a top-level domain")
	}
	// No top-level domain is all digits (RFC 3696, section 2), which
	// distinguishes an IPv4 address from a name.
	if onlyDigits(base[dot+1:]) {
		return IPAddress.flaw("it ends in a number, as an IP address does")
	}
	return checkSuffix(base)
}

// checkLabels checks each label. offset is the number of the first one.
func checkLabels(base string, offset int) flaw {
	encoded := false
	for number, rest, more := offset, base, true; more; number++ {
		var label string
		label, rest, more = strings.Cut(rest, ".")
		if found := checkLabel(label, !more); found != (flaw{}) {
			return found.cause.flawf("label %d %q %s", number, truncate(label), found.reason)
		}
		encoded = encoded || strings.HasPrefix(label, acePrefix)
	}
	if encoded {
		return checkEncoded(base)
	}
	return flaw{}
}

// checkLabel checks the characters of one label.
func checkLabel(label string, last bool) flaw {
	for i := range len(label) {
		c := label[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-':
		case c == '*':
			return MisplacedStar.flaw("has a *, which may only be the whole first label")
		default:
			return ForeignCharacter.flawf("has the character %q", rune(c))
		}
	}
	switch {
	case label == "" && last:
		return TrailingDot.flaw("is empty: the name has a trailing dot")
	case label == "":
		return EmptyLabel.flaw("is empty")
	case len(label) > maxLabelBytes:
		return LongLabel.flawf("has %d octets, more than %d", len(label), maxLabelBytes)
	case label[0] == '-':
		return OuterHyphen.flaw("begins with a hyphen")
	case label[len(label)-1] == '-':
		return OuterHyphen.flaw("ends with a hyphen")
	}
	return flaw{}
}

func onlyDigits(label string) bool {
	return strings.Trim(label, "0123456789") == ""
}

// checkSuffix refuses a public suffix, for example co.uk, and so the wildcard
// over all names below it.
//
// Only the ICANN section of the list counts. The private section lists suffixes
// with an owner, for example github.io. The owner may have a site for one, and
// authorities issue for it: section 3.2.2.6 of the Baseline Requirements of the
// CA/Browser Forum requires the ICANN section only.
func checkSuffix(base string) flaw {
	if suffix, icann := publicsuffix.PublicSuffix(base); icann && suffix == base {
		return PublicSuffix.flawf("%s is a public suffix", base)
	}
	return flaw{}
}
