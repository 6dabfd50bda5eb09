// Package redact removes secrets from what the conformance suite reports.
//
//	r := redact.New(accessKeySecret, securityToken)
//	run = run.Redacted(r)
//
// Package serverrunner and package clientrunner redact the exchanges that they
// record. Package report redacts again: a server or client under test may return
// a secret in a message.
package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// Mark replaces a secret.
const Mark = "[secret]"

// Redactor removes secrets from strings. Nil removes nothing. It is safe for
// concurrent use.
type Redactor struct {
	replacer    *strings.Replacer
	reassembled []string         // encodings that Mark and its neighbors can form again
	short       []string         // encodings that are redacted only as the value of a field
	tokens      []*regexp.Regexp // group 1 is kept, the rest of the match is redacted
	maxLen      int
}

// New returns a Redactor of the given values and of their encodings in URLs,
// forms, signed strings, JSON and base64. Values shorter than
// signature.ShortestSecret are redacted only as the value of a field that is
// named as a secret.
func New(secrets ...string) *Redactor {
	r := &Redactor{}
	var long []string
	for _, secret := range secrets {
		switch {
		case secret == "":
		case len(secret) < signature.ShortestSecret:
			r.short = append(r.short, encodings(secret)...)
		default:
			long = append(long, encodings(secret)...)
		}
	}
	r.short, long = longestFirst(r.short), longestFirst(long)
	var pairs []string
	for _, encoding := range slices.Concat(long, r.short) {
		r.maxLen = max(r.maxLen, len(encoding))
	}
	for _, encoding := range long {
		pairs = append(pairs, encoding, Mark)
		// Only an encoding with a bracket can overlap an end of Mark.
		if strings.ContainsAny(encoding, "[]") && !strings.Contains(Mark, encoding) {
			r.reassembled = append(r.reassembled, encoding)
		}
	}
	r.replacer = strings.NewReplacer(pairs...)
	return r
}

// encodings lists the spellings of a secret in requests, responses and reports.
func encodings(secret string) []string {
	percent := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	all := []string{
		secret,
		url.QueryEscape(secret),
		url.PathEscape(secret),
		percent(secret),
		percent(percent(secret)), // in an RPC string to sign
		base64.StdEncoding.EncodeToString([]byte(secret)),
	}
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, strings.Trim(string(quoted), `"`))
	}
	return all
}

// longestFirst sorts, because one secret may begin with another.
func longestFirst(values []string) []string {
	slices.SortFunc(values, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	return slices.Compact(values)
}

// WithTokens extends r to redact the values of the headers and parameters that
// carry tokens or a private key, and returns r. A case may send a token that New was
// not given.
func (r *Redactor) WithTokens() *Redactor {
	r.tokens = []*regexp.Regexp{
		regexp.MustCompile(`(?im)^(x-acs-(?:security|bearer)-token: ?)[^\r\n]+`),
		regexp.MustCompile(`((?:SecurityToken|BearerToken|PrivateKey)=)[^&\s]+`),
		// In a string to sign, each value is encoded twice.
		regexp.MustCompile(`((?:SecurityToken|BearerToken|PrivateKey)%3D)(?:[^&%\s]|%25[0-9A-Fa-f]{2})+`),
		regexp.MustCompile(`("PrivateKey": ?")[^"]+`),
	}
	return r
}

// MaxLen returns the length in bytes of the longest encoding of a secret. A
// string that is truncated may end with a part of a secret up to this length.
func (r *Redactor) MaxLen() int {
	if r == nil {
		return 0
	}
	return r.maxLen
}

// String returns s without the secrets. If a secret would appear again because
// of a replacement, it returns Mark.
func (r *Redactor) String(s string) string {
	if r == nil {
		return s
	}
	s = r.replacer.Replace(s)
	for _, value := range r.short {
		s = signature.RedactField(s, value, Mark)
	}
	for _, token := range r.tokens {
		s = token.ReplaceAllString(s, "${1}"+Mark)
	}
	for _, encoding := range r.reassembled {
		if strings.Contains(s, encoding) {
			return Mark
		}
	}
	return s
}

// Truncate returns at most limit bytes of a message without the secrets, and how many bytes
// it omits. It redacts a window of twice the limit and drops the end of the window, which
// may be a part of a secret.
func (r *Redactor) Truncate(message []byte, limit int) (kept string, omitted int) {
	window := message[:min(len(message), 2*limit)]
	clean := r.String(string(window))
	keep := len(clean)
	if len(window) < len(message) {
		keep = max(0, keep-r.MaxLen())
	}
	if keep = min(keep, limit); keep == len(clean) {
		return clean, 0
	}
	kept = truncate.Head(clean, keep)
	return kept, len(clean) - len(kept) + len(message) - len(window)
}

// URL returns a URL for messages, or Mark if it may contain a password.
func URL(raw string) string {
	if strings.Contains(raw, "@") {
		return Mark
	}
	return raw
}

// Error returns an error with the message of err without the secrets, and nil if err
// is nil. The error wraps err, whose own message still contains them.
func (r *Redactor) Error(err error) error {
	if err == nil {
		return nil
	}
	return &redactedError{message: r.String(err.Error()), err: err}
}

type redactedError struct {
	message string
	err     error
}

func (e *redactedError) Error() string { return e.message }

func (e *redactedError) Unwrap() error { return e.err }
