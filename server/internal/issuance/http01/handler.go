// Package http01 responds to the http-01 challenges of certificate authorities
// (RFC 8555, section 8.3) without storing them.
//
// The response to a token is the token, a dot and the thumbprint of the account's
// key. So every process with the account can respond to every challenge, even one
// that another process has requested, and after a restart:
//
//	accounts := http01.AccountsByOrder(db, []http01.Account{{Authority: "letsencrypt", Thumbprint: le.Thumbprint}})
//	mux.Handle(challenge.Path, http01.New(accounts, log))
//
// The authority requests http://NAME/.well-known/acme-challenge/TOKEN on port 80.
// The server of these names must forward that path to the handler with an unchanged
// Host header. With a single account it may instead redirect to the handler, even to
// another host and to HTTPS.
//
// Responding to any well-formed token discloses no secret: it confirms that the
// account's holder agrees to certificates for the names that point to the handler.
// But every holder of the account's key can get certificates for those names, so do
// not share an account.
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

// Accounts returns the thumbprint of the account for a host, which has no port and
// is in lower case; ok is false if no account is responsible.
type Accounts func(ctx context.Context, host string) (thumbprint string, ok bool, err error)

// New returns the handler. If log is nil, nothing is logged.
//
// The status is 200 with the key authorization, 404 without a valid token or an
// account, 405 for methods other than GET and HEAD, and 503 if accounts returns an
// error. A response repeats only a well-formed token of the request.
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

// maxHost is the maximum length of a DNS name.
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
		h.log.WarnContext(r.Context(), "http-01 challenge failed", "host", host, "error", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "account temporarily unavailable", http.StatusServiceUnavailable)
		return
	}
	if !ok {
		h.log.InfoContext(r.Context(), "http-01 challenge without an order", "host", host)
		http.Error(w, "not a challenge", http.StatusNotFound)
		return
	}
	// Some authorities check the type; this one is in RFC 8555, section 8.3.
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = io.WriteString(w, token+"."+thumbprint) //nolint:gosec // G705: a token is base64url only
}

// Token returns the token of a path like /.well-known/acme-challenge/TOKEN. It
// returns false for every other path and for a token that challenge.CheckToken
// rejects.
func Token(path string) (token string, ok bool) {
	token, found := strings.CutPrefix(path, challenge.Path)
	if !found || challenge.CheckToken(token) != nil {
		return "", false
	}
	return token, true
}

// hostOf removes the port and the trailing dot that some clients send.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
