// Package explorer serves a web page for building, signing and sending requests:
// a form generated from the contract, the signed request and its response, sample
// code for the same call, the documentation, the journal and the applications.
//
//	page, err := explorer.New(explorer.Options{})
//	…
//	mux.Handle(explorer.Path, page)
//
// All of it is below Path:
//
//	GET /explorer/                 the page, and its scripts and styles
//	GET /explorer/operations.json  the operations and their methods
//	GET /explorer/contract.json    the contract of an operation as JSON, with ?operation=Action,
//	                               by default that of ApplyCertificate
//	GET /explorer/spec/all.yaml    the contract of all operations as OpenAPI, and beside it one
//	                               file per operation, for example listcertificates.yaml
//	GET /explorer/settings.json    the result of Options.Settings
//	GET /explorer/api/…            Options.API, read-only
//	GET /explorer/?token=…         a cookie for Options.API, and a redirect without the token
//
// The page is embedded and contacts no other host. Secrets stay in the browser.
// The page and the contract are public. Options.API requires a browser that has
// opened the page with Options.Token; other requests receive status 401. A reverse
// proxy in front of a server on loopback therefore does not publish stored data.
package explorer

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Path is the path of the page. The handler serves everything below it and
// redirects the path without the trailing slash.
const Path = "/explorer/"

// Options configure the page. With the zero value, it shows neither journal nor
// applications.
type Options struct {
	// API serves GET of /journal, /applications, /applications/{id} and
	// /applications/{id}/chain, as the admin API does. It is nil if the page must
	// not show them.
	API http.Handler
	// Token grants access to API. It must be unguessable letters, digits and
	// hyphens, for example from crypto/rand.Text. It is required with API.
	Token string
	// Server is part of the cookie's name: letters, digits and hyphens. Cookies
	// ignore ports, so each server on a host needs a different value.
	Server string
	// Secure limits the cookie to https.
	Secure bool
	// Settings is called for each visit. If nil, the settings are empty.
	Settings func() Settings
}

// Settings are the server's settings for the page.
type Settings struct {
	// HasAPI reports whether Options.API is set and the visitor may use it. The
	// handler sets it.
	HasAPI bool `json:"data"`
	// Locked reports whether Options.API is set and the visitor lacks the token. The
	// handler sets it.
	Locked bool `json:"locked,omitempty"`
	// Credentials are public credentials, like those of the built-in example, to
	// fill in the form, or nil.
	Credentials *Credentials `json:"credentials,omitempty"`
	// Root is the path of the root certificate that clients on this machine must
	// trust to call the server over HTTPS, or "". The samples use it. The handler
	// clears it for a visitor without the token.
	Root string `json:"root,omitempty"`
	// Scenarios maps actions to the keys of their errors, and those to IDs of sites
	// for which the operation always returns the error. The IDs are strings, because
	// JavaScript rounds large numbers.
	Scenarios map[string]map[string]string `json:"scenarios,omitempty"`
}

// Credentials are an access key for the form.
type Credentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	AccessKeySecret string `json:"accessKeySecret"`
}

// policy allows the page to load from its own origin only, without inline code.
const policy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

// New returns the handler, which is safe for concurrent use. It returns an error
// if Options.API is set without Options.Token, or if Options.Token or
// Options.Server has characters that are not permitted.
func New(o Options) (http.Handler, error) {
	if o.API != nil && o.Token == "" {
		return nil, errors.New("explorer: Options.API needs Options.Token: without it every visitor of the page could read the log")
	}
	// Browsers differ in the other characters they accept in cookies.
	if !isPlain(o.Token) || !isPlain(o.Server) {
		return nil, errors.New("explorer: Options.Token and Options.Server may have letters, digits and hyphens only")
	}
	files, err := newAssets()
	if err != nil {
		return nil, fmt.Errorf("explorer: the embedded page: %w", err)
	}
	contracts, err := newContracts()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, files)
	mux.Handle("GET "+Path+"operations.json", contracts.list)
	mux.HandleFunc("GET "+Path+"contract.json", contracts.page)
	mux.HandleFunc("GET "+Path+"spec/{name}", contracts.file)
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
			// The query is a shared call.
			target := url.URL{Path: Path, RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, target.String(), http.StatusMovedPermanently)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// api forwards requests below api/.
func (o Options) api(w http.ResponseWriter, r *http.Request) {
	if o.API == nil {
		writeError(w, http.StatusNotFound, "journal and applications are shown only if the server listens on loopback; query its admin API (--admin) instead")
		return
	}
	if !o.admits(r) {
		w.Header().Set("WWW-Authenticate", `Cookie realm="explorer"`)
		w.Header().Set("Cache-Control", "no-store")
		writeError(w, http.StatusUnauthorized, "journal and applications require a token: open the explorer at the address in the line with \"event\":\"ready\" that the server printed on standard output; each start has a new one")
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
		s.Root = "" // local path: only for visitors on this machine
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, s)
}
