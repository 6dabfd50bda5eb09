// Package explorer is a web page on which a person tries the operation: a form
// made from the contract, a call that the page signs itself, the request and
// what was signed beside the answer, the code that makes the same call, the
// documentation, the log and the applications.
//
//	page, err := explorer.New(explorer.Options{})
//	…
//	mux.Handle(explorer.Path, page)
//
// All of it is below Path:
//
//	GET /explorer/               the page, and its scripts and styles
//	GET /explorer/contract.json  the contract, spec/openapi.yaml, as JSON
//	GET /explorer/settings.json  what Options.Settings says
//	GET /explorer/api/…          Options.API, read-only
//	GET /explorer/?token=…       a cookie for Options.API, and a redirect without the token
//
// The page is embedded and speaks with no other host. Secrets stay in the
// browser. The page and the contract are public; Options.API is for a browser that
// has opened the page with Options.Token once. Others get status 401 and how to
// get the token. So a reverse proxy before a server on loopback does not
// publish what the server stores.
package explorer

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Path is where the page is. The handler answers everything below it, and the
// path without its last slash with a redirect.
const Path = "/explorer/"

// Options say what the page shows. The zero value gives the page without log
// and applications.
type Options struct {
	// API answers GET of /journal, /applications, /applications/{id} and
	// /applications/{id}/chain, as the administration does. Nil where the page
	// must not show them.
	API http.Handler
	// Token opens API: letters, digits and hyphens that cannot be guessed, as those
	// of crypto/rand.Text. It is required with API.
	Token string
	// Server is part of the cookie's name: letters, digits and hyphens. Cookies
	// ignore ports, so servers on one host need different ones, as their ports.
	Server string
	// Secure limits the cookie to https.
	Secure bool
	// Settings are asked for at each visit. Nil for none.
	Settings func() Settings
}

// Settings are what a server tells the page about itself.
type Settings struct {
	// HasAPI reports that Options.API is there and open to the visitor. The handler
	// sets it.
	HasAPI bool `json:"data"`
	// Locked reports that Options.API is there, and the visitor has no token. The
	// handler sets it.
	Locked bool `json:"locked,omitempty"`
	// Credentials that are known to everybody, as those of the built-in example,
	// fill in the form. Nil for none.
	Credentials *Credentials `json:"credentials,omitempty"`
	// Root is the path of the root certificate that clients on this machine have to
	// trust to call the server over HTTPS; "" if they trust it anyway, and if the
	// page is for other machines. The samples name it. The handler clears it for a
	// visitor without the token.
	Root string `json:"root,omitempty"`
	// Scenarios are sites that answer an error to any call, by the error's key.
	// The values are numbers written as text: JavaScript rounds large ones.
	Scenarios map[string]string `json:"scenarios,omitempty"`
}

// Credentials are an access key for the form.
type Credentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	AccessKeySecret string `json:"accessKeySecret"`
}

// policy lets the page load from its own origin only, and nothing inline.
const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

// New returns the handler, which is safe for concurrent use. It returns an error
// if Options.API is set without Options.Token, or if Options.Token or
// Options.Server has characters that are not permitted.
func New(o Options) (http.Handler, error) {
	if o.API != nil && o.Token == "" {
		return nil, errors.New("explorer: Options.API needs Options.Token: without it every visitor of the page could read the log")
	}
	// What else a cookie may hold differs between browsers.
	if !isPlain(o.Token) || !isPlain(o.Server) {
		return nil, errors.New("explorer: Options.Token and Options.Server may have letters, digits and hyphens only")
	}
	files, err := newAssets()
	if err != nil {
		return nil, fmt.Errorf("explorer: the embedded page: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, files)
	mux.HandleFunc("GET "+Path+"contract.json", newContract().ServeHTTP)
	mux.HandleFunc("GET "+Path+"settings.json", o.settings)
	mux.HandleFunc("GET "+Path+"api/", o.api)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		if o.enter(w, r) {
			return
		}
		if r.URL.Path == strings.TrimSuffix(Path, "/") {
			// The query is a call that somebody shares.
			target := url.URL{Path: Path, RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, target.String(), http.StatusMovedPermanently)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// api passes on what is asked below api/.
func (o Options) api(w http.ResponseWriter, r *http.Request) {
	if o.API == nil {
		writeError(w, http.StatusNotFound, "log and applications are shown only where the server listens on loopback; ask its administration (--admin) for them")
		return
	}
	if !o.admits(r) {
		w.Header().Set("WWW-Authenticate", `Cookie realm="explorer"`)
		w.Header().Set("Cache-Control", "no-store")
		writeError(w, http.StatusUnauthorized, "log and applications need a token: open the explorer at the address in the line with \"event\":\"ready\" that the server printed on standard output when it started; each start has a new one")
		return
	}
	http.StripPrefix(Path+"api", o.API).ServeHTTP(w, r)
}

func writeError(w http.ResponseWriter, code int, message string) {
	writeJSON(w, code, struct {
		Error string `json:"error"`
	}{message})
}

func (o Options) settings(w http.ResponseWriter, r *http.Request) {
	var s Settings
	if o.Settings != nil {
		s = o.Settings()
	}
	s.HasAPI = o.API != nil && o.admits(r)
	s.Locked = o.API != nil && !s.HasAPI
	if s.Locked {
		s.Root = "" // a path of this machine is for those on it
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, s)
}
