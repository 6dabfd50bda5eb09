package process

import (
	"net/url"
	"strings"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/adapters"
)

const redacted = "[secret]"

// redactResult redacts the secrets of a request in what the client printed:
// clients that sign in the query print the URL, tokens included, when a
// connection fails.
func redactResult(request adapters.Request, result adapters.Result) adapters.Result {
	if result.Error == nil {
		return result
	}
	failure := *result.Error
	failure.Raw = redact(request, failure.Raw)
	result.Error = &failure
	return result
}

func redact(request adapters.Request, s string) string {
	for _, secret := range []string{request.AccessKeySecret, request.SecurityToken, request.BearerToken} {
		if secret == "" {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if len(secret) < signature.ShortestSecret {
				s = signature.RedactField(s, form, redacted)
				continue
			}
			s = strings.ReplaceAll(s, form, redacted)
		}
	}
	return s
}
