package ram

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
)

type exactStrings struct{ values []string }

func (e *exactStrings) add(s string) error {
	e.values = append(e.values, s)
	return nil
}

func (e *exactStrings) matchesAny(value string) bool { return slices.Contains(e.values, value) }

type foldedStrings struct{ values []string }

func (f *foldedStrings) add(s string) error {
	f.values = append(f.values, s)
	return nil
}

func (f *foldedStrings) matchesAny(value string) bool {
	for _, s := range f.values {
		if strings.EqualFold(s, value) {
			return true
		}
	}
	return false
}

type patterns struct{ patterns []pattern }

func (p *patterns) add(s string) error {
	p.patterns = append(p.patterns, newPattern(s, false))
	return nil
}

func (p *patterns) matchesAny(value string) bool {
	for i := range p.patterns {
		if p.patterns[i].match(value) {
			return true
		}
	}
	return false
}

type numbers struct {
	comparison comparison
	decimals   []decimal
}

func (n *numbers) add(s string) error {
	d, ok := parseDecimal(s)
	if !ok {
		return errors.New(`is not a decimal number; write digits, for example "42" or "-0.5"`)
	}
	n.decimals = append(n.decimals, d)
	return nil
}

func (n *numbers) matchesAny(value string) bool {
	d, ok := parseDecimal(value)
	if !ok {
		return false
	}
	for _, limit := range n.decimals {
		if n.comparison.holds(d.compare(limit)) {
			return true
		}
	}
	return false
}

type dates struct {
	comparison comparison
	times      []time.Time
}

// add accepts the forms on the vendor's pages, with a zone: without one, the
// instant would depend on the location.
func (d *dates) add(s string) error {
	var t time.Time
	if err := t.UnmarshalText([]byte(s)); err != nil {
		return errors.New(`is not an ISO 8601 time with a zone; write for example "2026-11-23T17:00:00Z" or "2026-11-23T17:00:00+08:00"`)
	}
	d.times = append(d.times, t.UTC())
	return nil
}

func (d *dates) matchesAny(value string) bool {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return false
	}
	for _, limit := range d.times {
		if d.comparison.holds(t.Compare(limit)) {
			return true
		}
	}
	return false
}

type bools struct{ values []bool }

func (b *bools) add(s string) error {
	value, ok := parseBool(s)
	if !ok {
		return errors.New(`is neither "true" nor "false"; write one of them`)
	}
	b.values = append(b.values, value)
	return nil
}

func (b *bools) matchesAny(value string) bool {
	v, ok := parseBool(value)
	return ok && slices.Contains(b.values, v)
}

// parseBool is stricter than strconv's: "1" and "T" are invalid in this
// language.
func parseBool(s string) (value, ok bool) {
	switch s {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

type networks struct{ prefixes []netip.Prefix }

// add accepts a CIDR block or a plain address; the vendor's examples mix both
// in one list. Bits set below the mask are refused: 10.0.0.1/8 is probably a
// mistyped 10.0.0.1/32, and the two differ by sixteen million callers.
func (n *networks) add(s string) error {
	if address, err := netip.ParseAddr(s); err == nil && address.Zone() == "" {
		address = address.Unmap()
		n.prefixes = append(n.prefixes, netip.PrefixFrom(address, address.BitLen()))
		return nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return errors.New(`is not an IP address or a CIDR block; write for example "192.0.2.0/24", "203.0.113.2" or "2001:db8::/32"`)
	}
	if masked := prefix.Masked(); masked != prefix {
		return errors.New("has address bits below its mask; write " +
			quote(masked.String()) + " for the block or " + quote(prefix.Addr().String()) + " for the one address")
	}
	n.prefixes = append(n.prefixes, unmap(prefix))
	return nil
}

// unmap converts a block of IPv4-mapped addresses to IPv4, the form of
// addresses in requests.
func unmap(prefix netip.Prefix) netip.Prefix {
	const mappedBits = 96
	if prefix.Addr().Is4In6() && prefix.Bits() >= mappedBits {
		return netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mappedBits)
	}
	return prefix
}

func (n *networks) matchesAny(value string) bool {
	address, err := netip.ParseAddr(value)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	for _, prefix := range n.prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}
