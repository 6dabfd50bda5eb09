package client

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/esacert/esacert/client/internal/redact"
	"github.com/esacert/esacert/client/internal/truncate"
	"github.com/esacert/esacert/client/signature"
)

// redactor removes the secrets of a call from foreign strings: a gateway quotes
// the canonical request, a transport may quote the URL.
type redactor struct {
	credentials *Credentials
	more        []string // secrets among the parameters
}

// redact replaces the secrets in every encoding used on the wire. Secrets
// shorter than signature.ShortestSecret are redacted only as the value of a
// field.
func (r redactor) redact(s string) string {
	if s == "" {
		return ""
	}
	long, short := r.secrets()
	for _, secret := range long {
		s = strings.ReplaceAll(s, secret, redact.Mark)
	}
	for _, secret := range short {
		s = signature.RedactField(s, secret, redact.Mark)
	}
	return s
}

// signedText redacts the tokens in a signed string byte for byte, so that
// offsets stay valid.
func (r redactor) signedText(s string) string { return r.redact(signature.Redact(s)) }

// secrets returns every spelling of every secret, the longer ones first: the
// shorter may be a part of them. Short are those of secrets shorter than
// signature.ShortestSecret.
func (r redactor) secrets() (long, short []string) {
	all := [...]string{r.credentials.AccessKeySecret, r.credentials.SecurityToken, r.credentials.BearerToken}
	for _, secret := range append(all[:], r.more...) {
		switch {
		case secret == "":
		case len(secret) < signature.ShortestSecret:
			short = append(short, spellings(secret)...)
		default:
			long = append(long, spellings(secret)...)
		}
	}
	return longestFirst(long), longestFirst(short)
}

func spellings(secret string) []string {
	once := url.QueryEscape(secret)
	return []string{secret, once, url.QueryEscape(once), strings.ReplaceAll(secret, "/", `\/`)} // as some write JSON
}

func longestFirst(list []string) []string {
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(list)
}

// serviceError redacts the secrets in a ServiceError. A message of the contract
// has none, and must stay unchanged to be recognized.
func (r redactor) serviceError(e *ServiceError) {
	e.RequestID, e.HostID, e.Recommend = r.redact(e.RequestID), r.redact(e.HostID), r.redact(e.Recommend)
	if d := e.AccessDenied; d != nil {
		for _, field := range []*string{
			&d.AuthAction, &d.AuthPrincipalDisplayName, &d.AuthPrincipalOwnerID, &d.AuthPrincipalType,
			&d.EncodedDiagnosticMessage, &d.NoPermissionType, &d.PolicyType,
		} {
			*field = r.redact(*field)
		}
	}
	row, known := e.Documented()
	if !known {
		e.Code, e.Message = r.redact(e.Code), r.redact(e.Message)
	} else if rest := e.Message[len(row.Message):]; rest != "" {
		e.Message = row.Message + r.redact(rest)
	}
}

// quoted returns a value for an error: truncated, quoted and escaped.
func quoted(value string) string { return truncate.Quote(value, 64) }
