package ram

import "strings"

// decimal is an exact decimal number, kept as its digits: floating point would
// lose the last digits of identifiers with 16 digits or more. Comparing does
// not allocate.
type decimal struct {
	negative bool
	whole    string // digits before the point, without leading zeros
	fraction string // digits after the point, without trailing zeros
}

// parseDecimal parses an optional sign, digits and an optional fraction. It
// returns false for anything else, including exponents.
func parseDecimal(s string) (decimal, bool) {
	digits := strings.TrimPrefix(s, "-")
	negative := len(digits) < len(s)
	if !negative {
		digits = strings.TrimPrefix(digits, "+")
	}
	whole, fraction, point := strings.Cut(digits, ".")
	if !allDigits(whole) || point && !allDigits(fraction) {
		return decimal{}, false
	}
	d := decimal{
		negative: negative,
		whole:    strings.TrimLeft(whole, "0"),
		fraction: strings.TrimRight(fraction, "0"),
	}
	if d.whole == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// compare returns -1, 0 or 1 if d is below, equal to or above other.
func (d decimal) compare(other decimal) int {
	switch {
	case d.negative && !other.negative:
		return -1
	case !d.negative && other.negative:
		return 1
	case d.negative:
		return other.compareSize(d)
	}
	return d.compareSize(other)
}

func (d decimal) compareSize(other decimal) int {
	switch {
	case len(d.whole) < len(other.whole):
		return -1
	case len(d.whole) > len(other.whole):
		return 1
	}
	if order := strings.Compare(d.whole, other.whole); order != 0 {
		return order
	}
	// Without trailing zeros, fractions are ordered like their strings.
	return strings.Compare(d.fraction, other.fraction)
}
