package client

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
)

// DefaultRegion is the region that a client calls if neither a region nor an
// endpoint is set. It is the first of the two whose endpoint is documented.
// Accounts of the vendor's international site use ap-southeast-1.
const DefaultRegion = "cn-hangzhou"

// regionEndpoint returns the endpoint of a region. The vendor documents those
// of cn-hangzhou and ap-southeast-1; others follow their pattern.
func regionEndpoint(region string) (*url.URL, error) {
	if region == "" {
		return nil, errors.New("is empty; use a region, for example " + strings.Join(esaapi.DocumentedRegions(), " or ") +
			", or leave the option out to call " + DefaultRegion)
	}
	for _, c := range region {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return nil, errors.New("is not a region ID (want a-z, 0-9 and hyphens); for a URL use WithEndpoint")
		}
	}
	return endpointOf(region), nil
}

func endpointOf(region string) *url.URL {
	return &url.URL{Scheme: "https", Host: esaapi.EndpointHost(region), Path: "/"}
}

// parseEndpoint parses the argument of WithEndpoint. Without a scheme, a
// loopback address is called by HTTP and any other host by HTTPS.
func parseEndpoint(s string) (*url.URL, error) {
	const example = "; use one like https://esa.cn-hangzhou.aliyuncs.com or http://127.0.0.1:8080"
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, errors.New("is empty" + example)
	}
	if !strings.Contains(s, "://") {
		s = schemeOf(s) + "://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("is not a URL" + example)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("has scheme %s, want http or https%s", u.Scheme, example)
	case u.Hostname() == "":
		return nil, errors.New("has no host" + example)
	case !printable(u.Host) || strings.Contains(u.Host, "%"):
		return nil, errors.New("has a non-ASCII host or an IPv6 zone; use punycode (xn--…)")
	case u.User != nil:
		return nil, errors.New("contains a user name; use WithCredentials")
	case u.Path != "" && u.Path != "/":
		return nil, errors.New("has a path; the API path is always /" + example)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("has a query or fragment" + example)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, nil
}

// schemeOf chooses the scheme of an address that has none. On loopback it is
// http, which local servers use.
func schemeOf(s string) string {
	u, err := url.Parse("https://" + s)
	if err != nil {
		return "https" // whose error is about to be reported
	}
	if address, err := netip.ParseAddr(u.Hostname()); err == nil && address.IsLoopback() || u.Hostname() == "localhost" {
		return "http"
	}
	return "https"
}
