package gateway

import (
	"net"
	"net/http"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
)

// Hosts implements auth.Names. It returns the host names that a caller may have
// signed if a proxy has rewritten the Host header: those of the listener and of the
// TLS handshake, and the vendor's endpoints, which callers redirect to the server by
// a hosts entry or a proxy. Each name is also returned with the listener's port.
func (c *call) Hosts() []string {
	names := []string{"localhost", "127.0.0.1", "[::1]"}
	r := c.Request()
	port := ""
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if host, p, err := net.SplitHostPort(local.String()); err == nil {
			names, port = append(names, bracketed(host)), ":"+p
		}
	}
	if r.TLS != nil {
		names = append(names, r.TLS.ServerName)
	}
	names = append(names, esaapi.EndpointHosts()...)
	names = append(names, esaapi.EndpointHost(c.state.Region), c.state.HostID)
	if port == "" {
		return names
	}
	for _, name := range names {
		if name != "" && !strings.HasSuffix(name, port) {
			names = append(names, name+port)
		}
	}
	return names
}

// bracketed returns a host as in a Host header, with an IPv6 address in brackets.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
