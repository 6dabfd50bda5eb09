package signature

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxHosts is the number of host names that Diagnose tries, and maxForwarded how
// many of them are read from the headers of a request.
const (
	maxHosts     = 96
	maxForwarded = 8
)

// maxHostBytes is the length of a DNS name with a port.
const maxHostBytes = 253 + len(":65535")

// hostsMeant lists what a client may have signed instead of the Host that was
// received: first the hosts that the headers of proxies name, then the server's
// own names. Each name is tried unchanged, without its port, with the port that
// was received, and with the default ports of URLs.
func hostsMeant(m *Message, own []string) []string {
	port := strings.TrimPrefix(m.Host, withoutPort(m.Host))
	var hosts []string
	for _, name := range slices.Concat(forwardedHosts(m.Header), own) {
		if name == "" || len(name) > maxHostBytes {
			continue
		}
		bare := withoutPort(name)
		for _, host := range [...]string{name, bare, bare + port, bare + ":443", bare + ":80"} {
			if host != m.Host && len(hosts) < maxHosts && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

// forwarded collects up to maxForwarded hosts from headers.
type forwarded []string

func (f *forwarded) add(host string) (more bool) {
	if host = strings.TrimSpace(host); host != "" {
		*f = append(*f, host)
	}
	return len(*f) < maxForwarded
}

// forwardedHosts reads the headers in which proxies, and browsers, name the
// host that was called. They are not trusted: the signature confirms a host.
func forwardedHosts(h http.Header) []string {
	var f forwarded
	for _, key := range [...]string{"X-Forwarded-Host", "X-Original-Host"} {
		for host := range strings.SplitSeq(h.Get(key), ",") {
			if !f.add(host) {
				return f
			}
		}
	}
	if port := strings.TrimSpace(h.Get("X-Forwarded-Port")); port != "" {
		for _, host := range f {
			if !f.add(withoutPort(host) + ":" + port) {
				return f
			}
		}
	}
	for _, value := range h["Forwarded"] {
		if !f.addForwarded(value) {
			return f
		}
	}
	if origin, err := url.Parse(h.Get("Origin")); err == nil {
		f.add(origin.Host)
	}
	return f
}

// addForwarded adds the host parameters of a Forwarded header (RFC 7239):
// for=192.0.2.1;host="example.com:8443", for=…
func (f *forwarded) addForwarded(value string) (more bool) {
	for pair := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
		name, host, found := strings.Cut(strings.TrimSpace(pair), "=")
		if found && strings.EqualFold(name, headerHost) && !f.add(strings.Trim(host, `"`)) {
			return false
		}
	}
	return true
}

// rewrittenHost finds the host that the client signed, if another was received.
// ok is false if none of the names yields the signature.
func (r *derivation) rewrittenHost(own []string) (d Diagnosis, ok bool) {
	if !r.claim.Signs(headerHost) {
		return Diagnosis{}, false
	}
	for _, host := range hostsMeant(r.message, own) {
		change := withHost(host)
		if sameSignature(r.with(change).signature(), r.claim.Signature) {
			return r.diagnosis(candidate{Mistake{Name: "host-other"}, change}), true
		}
	}
	return Diagnosis{}, false
}

// Hosts returns the hosts of two canonical requests that differ in them, ours
// and theirs; one that cannot be a host is quoted. ok is false for any other
// difference.
func (d Difference) Hosts() (ours, theirs string, ok bool) {
	ours, found := strings.CutPrefix(d.Ours, headerHost+":")
	theirs, foundToo := strings.CutPrefix(d.Theirs, headerHost+":")
	if !found || !foundToo || d.Name != "header "+headerHost {
		return "", "", false
	}
	return printableHost(ours), printableHost(theirs), true
}

func withHost(host string) func(*derivation) {
	return func(r *derivation) {
		for i, h := range r.headers {
			if h.name == headerHost {
				r.headers[i].value = host
			}
		}
	}
}

// hostExplanation names the host that was signed and the one that was received.
func hostExplanation(signed, received string) string {
	return "signed for host " + signed + ", received for host " + received +
		": the Host header was rewritten in transit, or a different one was signed; configure proxies to pass it unchanged, or call the server by the host name it receives"
}

// printableHost returns a host unchanged if it looks like one, and else quotes
// it.
func printableHost(host string) string {
	if host == "" || len(host) > maxHostBytes {
		return excerpt(host)
	}
	for i := range len(host) {
		if c := host[i]; !unreserved(c) && c != ':' && c != '[' && c != ']' {
			return excerpt(host)
		}
	}
	return host
}
