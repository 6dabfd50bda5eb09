package process

import "github.com/esacert/esacert/conformance/adapters"

// redactResult redacts what the client printed: clients that sign in the query print
// the URL, tokens included, when a connection fails.
func (p *Process) redactResult(result adapters.Result) adapters.Result {
	if result.Error == nil {
		return result
	}
	failure := *result.Error
	failure.Raw = p.secrets.Redactor().String(failure.Raw)
	result.Error = &failure
	return result
}
