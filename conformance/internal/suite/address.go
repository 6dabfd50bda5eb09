package suite

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// ParseURL parses the URL of a server: scheme, host, and optionally a port and a
// path. Like the SDK's WithEndpoint, the default scheme is http if the host is
// localhost or a loopback address, and https otherwise. The error does not quote
// the URL, which may contain a password; quote it with redact.URL.
func ParseURL(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if !strings.Contains(raw, "://") {
		raw = defaultScheme(raw) + "://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("invalid URL, want http://host:port or https://host:port")
	}
	return u, nil
}

func defaultScheme(address string) string {
	u, err := url.Parse("https://" + address)
	if err != nil {
		return "https"
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsLoopback() || u.Hostname() == "localhost" {
		return "http"
	}
	return "https"
}
