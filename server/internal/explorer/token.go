package explorer

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

const (
	tokenParameter = "token"
	cookiePrefix   = "esacert-explorer-"
)

// Address returns the page URL with the token, below the base URL of the server.
// The result is a secret.
func Address(base, token string) string {
	return base + Path + "?" + url.Values{tokenParameter: {token}}.Encode()
}

func isPlain(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// enter handles a page request with a token. If the token is correct, it sets the
// cookie. It redirects to the URL without the token, so that the token does not
// remain in the address bar or in shared links.
func (o Options) enter(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.URL.Path != Path && r.URL.Path != strings.TrimSuffix(Path, "/") {
		return false
	}
	query := r.URL.Query()
	if !query.Has(tokenParameter) {
		return false
	}
	if o.opens(query.Get(tokenParameter)) {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is set if the listener has https
			Name: cookiePrefix + o.Server, Value: o.Token, Path: Path, HttpOnly: true, Secure: o.Secure, SameSite: http.SameSiteStrictMode,
		})
	}
	query.Del(tokenParameter)
	target := url.URL{Path: Path, RawQuery: query.Encode()}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", target.String())
	w.WriteHeader(http.StatusSeeOther)
	return true
}

// admits reports whether a request has the cookie.
func (o Options) admits(r *http.Request) bool {
	for _, cookie := range r.CookiesNamed(cookiePrefix + o.Server) {
		if o.opens(cookie.Value) {
			return true
		}
	}
	return false
}

// opens compares in constant time.
func (o Options) opens(token string) bool {
	if o.Token == "" {
		return false
	}
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(o.Token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
