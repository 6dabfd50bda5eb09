package admin

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// rejectBrowsers keeps web pages of other origins out (see the package comment). Clients
// that are not browsers send none of the headers that it checks.
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
			writeError(w, http.StatusForbidden, fmt.Errorf("a web page of another origin may not read here: open the address itself: %w", err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkOrigin applies net/http's check to every method. By itself it lets GET
// pass, but what is read here is for the operator alone.
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
