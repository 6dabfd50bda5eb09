package process

import (
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/redact"
)

// redactResult redacts the secrets of a request in what the client printed:
// clients that sign in the query print the URL, tokens included, when a
// connection fails.
func redactResult(request adapters.Request, result adapters.Result) adapters.Result {
	if result.Error == nil {
		return result
	}
	failure := *result.Error
	failure.Raw = redact.New(request.AccessKeySecret, request.SecurityToken, request.BearerToken).String(failure.Raw)
	result.Error = &failure
	return result
}
