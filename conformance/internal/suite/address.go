package suite

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// ParseURL reads the URL of a server: scheme, host, maybe a port and a path. Like
// the SDK's WithEndpoint, it reads an address without a scheme as http:// if the
// host is localhost or a loopback address, and as https:// otherwise. The error
// does not repeat the text, which may hold a password; Shown does, without it.
func ParseURL(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = schemeOf(text) + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("invalid URL, want http://host:port or https://host:port")
	}
	return u, nil
}

func schemeOf(text string) string {
	u, err := url.Parse("https://" + text)
	if err != nil {
		return "https"
	}
	if address, err := netip.ParseAddr(u.Hostname()); err == nil && address.IsLoopback() || u.Hostname() == "localhost" {
		return "http"
	}
	return "https"
}

// RedactURL is the text of a URL for messages: without what may be a password.
func RedactURL(text string) string {
	if strings.Contains(text, "@") {
		return "(hidden)"
	}
	return text
}
