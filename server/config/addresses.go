package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// checkAddress refuses what no server can listen on. It resolves nothing.
func checkAddress(p *problems, path, address string) {
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	switch {
	case err != nil:
		p.add(path, "%s is no address, like 127.0.0.1:8080 or :0", quoteOrMissing(address))
	case !canBeHost(host):
		p.add(path, "%s: %s is neither an IP address nor a host name", quoteOrMissing(address), short(host))
	}
}

// canBeHost reports whether a host can be one of this machine: empty for all of
// its addresses, an IP address, or a name. A name of digits and dots alone is a
// mistyped IP address.
func canBeHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	const longestName = 253
	if !matchesAlphabet(strings.TrimSuffix(host, "."), letters+digits+"-_.", longestName) || strings.Trim(host, digits+".") == "" {
		return false
	}
	const longestLabel = 63
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > longestLabel {
			return false
		}
	}
	return true
}

// listener is an address that the server listens on, by its path in the file.
type listener struct{ path, address string }

// checkListeners refuses TCP addresses that exclude each other. It is not for a
// file alone: a flag may replace one of them.
func (c *Config) checkListeners(p *problems) {
	all := []listener{{"listen", c.Listen}, {"admin", c.Admin}}
	if !c.Issuing.Off {
		all = append(all, listener{"issuing.http01.listen", c.Issuing.HTTP01.Listen}, listener{"issuing.dns.listen", c.Issuing.DNS.Listen})
	}
	for i, later := range all {
		for _, first := range all[:i] {
			if fault := first.excludes(later); fault != "" {
				p.add(later.path, "%s", fault)
			}
		}
	}
}

// excludes returns why both cannot be open; "" if they can be, or if one is off
// or not an address.
func (l listener) excludes(other listener) string {
	host, port, err := net.SplitHostPort(l.address)
	otherHost, otherPort, otherErr := net.SplitHostPort(other.address)
	n, portErr := strconv.ParseUint(port, 10, 16)
	otherN, otherPortErr := strconv.ParseUint(otherPort, 10, 16)
	if err != nil || otherErr != nil || portErr != nil || otherPortErr != nil || n != otherN || n == 0 {
		return ""
	}
	host, otherHost = plainHost(host), plainHost(otherHost)
	switch {
	case host == otherHost:
		return other.address + " is the address of " + l.path + ", too; choose another port"
	case host == everyHost:
		return other.address + " is part of " + l.address + ", the address of " + l.path + "; choose another port"
	case otherHost == everyHost:
		return other.address + " includes " + l.address + ", the address of " + l.path + "; choose another port"
	}
	return ""
}

// everyHost is the plain form of all addresses of the machine.
const everyHost = ""

// plainHost returns one spelling for hosts that are the same.
func plainHost(host string) string {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return "127.0.0.1"
	}
	address, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return strings.ToLower(strings.TrimSuffix(host, "."))
	case address.IsUnspecified():
		return everyHost
	}
	return address.Unmap().String()
}
