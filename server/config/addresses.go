package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/esacert/esacert/server/internal/excerpt"
)

// checkAddress rejects a value that is not a listen address. It resolves no names.
func (f *findings) checkAddress(at *string) {
	address := *at
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	switch {
	case err != nil:
		f.add(at, "invalid address %s: want host:port, for example 127.0.0.1:8080 or :0", quoted(address))
	case !canBeHost(host):
		f.add(at, "invalid address %s: %s is neither an IP address nor a host name", quoted(address), excerpt.Truncate(host, maxQuoted))
	}
}

// canBeHost reports whether a host can be one of this machine: empty for all
// addresses, an IP address, or a name. A name of digits and dots only is a mistyped
// IP address.
func canBeHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return true
	}
	const maxNameBytes = 253
	if !matchesAlphabet(strings.TrimSuffix(host, "."), letters+digits+"-_.", maxNameBytes) || strings.Trim(host, digits+".") == "" {
		return false
	}
	const maxLabelBytes = 63
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > maxLabelBytes {
			return false
		}
	}
	return true
}

// listener is an address that the server listens on, with its path in the file.
type listener struct{ path, address string }

// checkListeners rejects TCP addresses that conflict. It is not part of Parse,
// because a flag may replace one of the addresses.
func (f *findings) checkListeners() {
	c := f.config
	all := []*string{&c.Listen, &c.Admin}
	if !c.Issuing.Off {
		all = append(all, &c.Issuing.HTTP01.Listen, &c.Issuing.DNS.Listen)
	}
	for i, later := range all {
		for _, first := range all[:i] {
			if conflict := (listener{f.place(first).path, *first}).conflict(*later); conflict != "" {
				f.add(later, "%s", conflict)
			}
		}
	}
}

// conflict returns why another address cannot be open, too; "" if it can be, or if
// one is off or not an address.
func (l listener) conflict(other string) string {
	host, port, err := net.SplitHostPort(l.address)
	otherHost, otherPort, otherErr := net.SplitHostPort(other)
	n, portErr := strconv.ParseUint(port, 10, 16)
	otherN, otherPortErr := strconv.ParseUint(otherPort, 10, 16)
	if err != nil || otherErr != nil || portErr != nil || otherPortErr != nil || n != otherN || n == 0 {
		return ""
	}
	host, otherHost = normalHost(host), normalHost(otherHost)
	switch {
	case host == otherHost:
		return other + " is also the address of " + l.path + "; choose another port"
	case host == everyHost:
		return other + " is part of " + l.address + ", the address of " + l.path + "; choose another port"
	case otherHost == everyHost:
		return other + " includes " + l.address + ", the address of " + l.path + "; choose another port"
	}
	return ""
}

// everyHost is the normal form of the unspecified address.
const everyHost = ""

// normalHost returns the same string for equivalent hosts.
func normalHost(host string) string {
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
