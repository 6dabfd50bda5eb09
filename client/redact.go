package client

import (
	"net/url"
	"slices"
	"strings"

	"github.com/esacert/esacert/client/signature"
)

// redactor takes the secrets of a call out of texts that others wrote: a
// gateway quotes the canonical request, a transport may quote the URL.
type redactor struct{ credentials *Credentials }

// text hides the secrets in any encoding in which they go over the wire.
func (r redactor) text(text string) string {
	if text == "" {
		return ""
	}
	for _, secret := range r.secrets() {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

// signed hides the tokens in a text that is signed, byte for byte, so that the
// rest keeps its place.
func (r redactor) signed(text string) string { return r.text(signature.Redact(text)) }

// secrets gives every spelling of every secret, the longer ones first: the
// shorter may be a part of them.
func (r redactor) secrets() []string {
	var spellings []string
	for _, secret := range [...]string{r.credentials.AccessKeySecret, r.credentials.SecurityToken, r.credentials.BearerToken} {
		if secret == "" {
			continue
		}
		once := url.QueryEscape(secret)
		spellings = append(spellings, secret, once, url.QueryEscape(once), strings.ReplaceAll(secret, "/", `\/`)) // as some write JSON
	}
	slices.SortFunc(spellings, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(spellings)
}

// serviceError hides the secrets in what a gateway wrote. A message of the
// contract has none, and must stay as it is to be recognised.
func (r redactor) serviceError(e *ServiceError) {
	e.RequestID, e.HostID, e.Recommend = r.text(e.RequestID), r.text(e.HostID), r.text(e.Recommend)
	if d := e.AccessDenied; d != nil {
		for _, field := range []*string{
			&d.AuthAction, &d.AuthPrincipalDisplayName, &d.AuthPrincipalOwnerID, &d.AuthPrincipalType,
			&d.EncodedDiagnosticMessage, &d.NoPermissionType, &d.PolicyType,
		} {
			*field = r.text(*field)
		}
	}
	row, known := e.Row()
	if !known {
		e.Code, e.Message = r.text(e.Code), r.text(e.Message)
	} else if rest := e.Message[len(row.Message):]; rest != "" {
		e.Message = row.Message + r.text(rest)
	}
}
