package selftls

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
)

const localhost = "localhost"

// names are the names of the server's certificate.
type names struct {
	dns []string
	ips []netip.Addr
}

// builtin returns the names that every server has.
func builtin() names {
	return names{
		dns: append([]string{localhost}, esaapi.EndpointHosts()...),
		ips: []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()},
	}
}

// hostNames returns the names that a listener's host adds to the built-in ones:
// an address, a name, or nothing for all addresses.
func hostNames(host string) (names, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		address = address.Unmap()
		switch {
		case address.Zone() != "":
			return names{}, fmt.Errorf("selftls: the listener's address %s has a zone, which no certificate can name: listen on all addresses ([::]), or use your own certificate", host)
		case address.IsUnspecified():
			return names{}, nil
		}
		return names{ips: []netip.Addr{address}}, nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	switch {
	case host == "":
		return names{}, nil
	case !isHostName(host):
		return names{}, fmt.Errorf("selftls: the listener's host %q is neither an IP address nor a host name that a certificate can name", host)
	}
	return names{dns: []string{host}}, nil
}

func isHostName(host string) bool {
	if len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return true
}

// with returns the names and others, each once.
func (n names) with(others names) names {
	all := names{dns: slices.Clone(n.dns), ips: slices.Clone(n.ips)}
	for _, name := range others.dns {
		if !slices.Contains(all.dns, name) {
			all.dns = append(all.dns, name)
		}
	}
	for _, address := range others.ips {
		if !slices.Contains(all.ips, address) {
			all.ips = append(all.ips, address)
		}
	}
	return all
}

// ranges returns the address ranges that a root for these names permits.
func (n names) ranges() []*net.IPNet {
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	prefixes := []netip.Prefix{loopback}
	for _, address := range n.ips {
		if !loopback.Contains(address) {
			prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	var all []*net.IPNet
	for _, p := range prefixes {
		all = append(all, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	return all
}

// permitted returns the names that a root permits, and the others, as strings.
func (n names) permitted(root *x509.Certificate) (good names, bad []string) {
	for _, name := range n.dns {
		if slices.ContainsFunc(root.PermittedDNSDomains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) }) {
			good.dns = append(good.dns, name)
		} else {
			bad = append(bad, name)
		}
	}
	for _, address := range n.ips {
		if slices.ContainsFunc(root.PermittedIPRanges, func(r *net.IPNet) bool { return r.Contains(address.AsSlice()) }) {
			good.ips = append(good.ips, address)
		} else {
			bad = append(bad, address.String())
		}
	}
	return good, bad
}

// in reports whether a certificate is for all of the names.
func (n names) in(certificate *x509.Certificate) bool {
	for _, name := range n.dns {
		if !slices.Contains(certificate.DNSNames, name) {
			return false
		}
	}
	for _, address := range n.ips {
		if !slices.ContainsFunc(certificate.IPAddresses, net.IP(address.AsSlice()).Equal) {
			return false
		}
	}
	return true
}

// describe lists what a root permits.
func describe(root *x509.Certificate) string {
	all := slices.Clone(root.PermittedDNSDomains)
	for _, r := range root.PermittedIPRanges {
		all = append(all, r.String())
	}
	return strings.Join(all, ", ")
}
