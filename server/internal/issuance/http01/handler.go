// Package http01 answers the http-01 challenges of certificate authorities
// (RFC 8555, section 8.3) without remembering any.
//
// The answer to a token is the token, a dot and the thumbprint of the account's
// key. So whoever knows the account answers every challenge, also one that
// another process has asked for, and also after a restart:
//
//	accounts := http01.AccountsByOrder(db, []http01.Account{{Authority: "letsencrypt", Thumbprint: le.Thumbprint}})
//	mux.Handle(challenge.Path, http01.New(accounts, log))
//
// The authority asks http://NAME/.well-known/acme-challenge/TOKEN on port 80.
// Whatever serves the names there must pass that path on to the handler, with
// the Host header as it is. A redirect to it, also to another host and to
// HTTPS, does as well when there is one account only.
//
// Answering any well-formed token gives nothing away: it says that the account's
// holder agrees to certificates for the names that lead here, which is what the
// handler is for. But whoever can order certificates with the same account can
// get them for those names; share an account with nobody.
package http01

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
)

// Accounts tells which account's thumbprint answers for a host. The host has no
// port and is in lower case. It answers false when no account does.
type Accounts func(ctx context.Context, host string) (thumbprint string, ok bool, err error)

// New makes the handler. The log may be nil.
//
// It answers 200 with the key authorization, 404 for what is no token or has no
// account, 405 for methods other than GET and HEAD, and 503 when the account
// cannot be told now. No answer repeats anything but a well-formed token.
func New(accounts Accounts, log *slog.Logger) http.Handler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &handler{accounts: accounts, log: log}
}

type handler struct {
	accounts Accounts
	log      *slog.Logger
}

// maxHost is the longest name that DNS has.
const maxHost = 253

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	token, ok := Token(r.URL.EscapedPath())
	host := hostOf(r.Host)
	if !ok || host == "" || len(host) > maxHost {
		http.Error(w, "not a challenge", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	thumbprint, ok, err := h.accounts(r.Context(), host)
	if err != nil {
		h.log.WarnContext(r.Context(), "an http-01 challenge could not be answered", "host", host, "error", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the account is not known now", http.StatusServiceUnavailable)
		return
	}
	if !ok {
		h.log.InfoContext(r.Context(), "an http-01 challenge for a name that has no order", "host", host)
		http.Error(w, "not a challenge", http.StatusNotFound)
		return
	}
	// Some authorities compare the type; RFC 8555, section 8.3 shows this one.
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = io.WriteString(w, token+"."+thumbprint) //nolint:gosec // G705: a token is base64url, nothing else
}

// Token reads the token of a path like /.well-known/acme-challenge/TOKEN. It
// answers false for every other path, and for what challenge.CheckToken does
// not take.
func Token(path string) (token string, ok bool) {
	token, found := strings.CutPrefix(path, challenge.Path)
	if !found || challenge.CheckToken(token) != nil {
		return "", false
	}
	return token, true
}

// hostOf takes the port off, and the dot at the end that some clients send.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
