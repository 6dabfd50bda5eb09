package adapters

import (
	"net/url"
	"strings"

	"github.com/esacert/esacert/client/signature"
)

// cut replaces a secret.
const cut = "[secret]"

// redacted cuts the secrets of a request out of what the client printed:
// clients that sign in the query print the address, tokens included, when a
// connection fails.
func (r Request) redacted(result Result) Result {
	if result.Error == nil {
		return result
	}
	cut := *result.Error
	cut.Raw = r.redact(cut.Raw)
	result.Error = &cut
	return result
}

func (r Request) redact(text string) string {
	for _, secret := range []string{r.AccessKeySecret, r.SecurityToken, r.BearerToken} {
		if secret == "" {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if len(secret) < signature.ShortestSecret {
				text = signature.RedactField(text, form, cut)
				continue
			}
			text = strings.ReplaceAll(text, form, cut)
		}
	}
	return text
}
