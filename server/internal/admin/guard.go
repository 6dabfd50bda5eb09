package admin

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// rejectBrowsers rejects requests of web pages of other origins (see the package
// comment). Other clients do not send the headers that it checks.
func rejectBrowsers(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// For browsers that send no Sec-Fetch-Site.
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if !isLocalHost(r.Host) {
			writeError(w, http.StatusForbidden, fmt.Errorf("the host %q is not allowed: use an IP address or localhost", r.Host))
			return
		}
		if err := checkOrigin(protection, r); err != nil {
			writeError(w, http.StatusForbidden, fmt.Errorf("cross-origin request rejected: open the URL directly: %w", err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkOrigin applies net/http's check to every method. On its own, the check
// accepts GET, but only the operator may read this data.
func checkOrigin(protection *http.CrossOriginProtection, r *http.Request) error {
	write := *r
	write.Method = http.MethodPost
	return protection.Check(&write)
}

// isLocalHost accepts addresses and localhost: names that an attacker's DNS
// cannot point here.
func isLocalHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost"
}
