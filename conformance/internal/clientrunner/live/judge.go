package live

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
)

// problems collects the differences between a result and the expectation.
type problems []string

func (p *problems) require(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}

// judge compares the result of variant n with the case, and the server's journal with
// the variant.
func (c Case) judge(ctx context.Context, target Target, n int, result adapters.Result) problems {
	var wrong problems
	for _, check := range clientrunner.JudgeOutcome([]suite.ExpectedOutcome{c.outcome(n)}, result, "") {
		wrong.require(check.Verdict == suite.Passed, "%s: got %q, want %q", check.Name, check.Got, check.Want)
	}
	switch {
	case result.OK != (c.Refused == nil), !result.OK && result.Error.Kind != adapters.KindService:
		return wrong // no response of the service to judge
	case result.OK:
		judgeResponse(&wrong, result.Response, len(c.Domains))
		c.judgeJournal(ctx, &wrong, target, n, fmt.Sprint(result.Response.Body["RequestId"]))
	default:
		judgeRefusal(&wrong, result.Error, c.Refused)
		c.judgeJournal(ctx, &wrong, target, n, result.Error.RequestID)
	}
	return wrong
}

// judgeResponse compares the shape of an accepted call with the contract.
func judgeResponse(wrong *problems, response *adapters.Response, domains int) {
	body := response.Body
	wrong.require(hasKeys(body, "SiteName", "TotalCount", "Result", "RequestId"), "body has %v", slices.Sorted(maps.Keys(body)))
	id := fmt.Sprint(body["RequestId"])
	wrong.require(isRequestID(id), "RequestId %q is not an upper-case UUID", id)
	wrong.require(response.Headers["x-acs-request-id"] == id, "header x-acs-request-id %q, body %q", response.Headers["x-acs-request-id"], id)
	items, _ := body["Result"].([]any)
	wrong.require(len(items) == domains, "Result has %d items, want %d", len(items), domains)
	for i, item := range items {
		fields, _ := item.(map[string]any)
		wrong.require(hasKeys(fields, "Domain", "Id", "Status"), "Result[%d] has %v", i, slices.Sorted(maps.Keys(fields)))
		_, isString := fields["Id"].(string)
		wrong.require(isString, "Result[%d].Id %v is not a string", i, fields["Id"])
	}
}

// judgeRefusal compares what the outcome of a case cannot express.
func judgeRefusal(wrong *problems, got *adapters.Error, want *esaerrors.Error) {
	wrong.require(isRequestID(got.RequestID), "request id %q is not an upper-case UUID", got.RequestID)
	if isSignatureMismatch(want) {
		wrong.require(strings.HasPrefix(got.Message, want.Message), "message %q, want the prefix %q", got.Message, want.Message)
	}
	if want.Code == esaerrors.NoPermission.Code {
		_, ok := got.Data["AccessDeniedDetail"].(map[string]any)
		wrong.require(ok, "no AccessDeniedDetail")
	}
}

// judgeJournal compares the journal entry with the case, so that a call in another
// variant fails.
func (c Case) judgeJournal(ctx context.Context, wrong *problems, target Target, n int, requestID string) {
	entries, err := target.Journal(ctx, requestID)
	if err != nil || len(entries) != 1 {
		wrong.require(false, "the journal has %d entries of request %s, want 1 (error: %v)", len(entries), requestID, err)
		return
	}
	got, variant := entries[0], c.Variants[n]
	rule, status := acceptedRule, http.StatusOK
	if c.Refused != nil {
		rule, status = c.Refused.Key, c.Refused.Status
	}
	wrong.require(got.Status == status, "the journal has status %d, want %d", got.Status, status)
	wrong.require(got.Rule == rule, "the journal has rule %s, want %s", got.Rule, rule)
	wrong.require(got.Method == variant.Method, "the journal has method %s, want %s", got.Method, variant.Method)
	wrong.require(got.Scheme == variant.scheme(), "the journal has scheme %s, want %s", got.Scheme, variant.scheme())
	site := numbered(n, c.Parameters)["SiteId"]
	wrong.require(cmp.Or(got.SiteID, site) == site, "the journal has site %q, want %q", got.SiteID, site)
	wrong.require((got.Scenario != "") == c.Scenario, "the journal has scenario %q, want one: %v", got.Scenario, c.Scenario)
}

func hasKeys(object map[string]any, names ...string) bool {
	slices.Sort(names)
	return slices.Equal(slices.Sorted(maps.Keys(object)), names)
}

func isRequestID(id string) bool {
	return regexp.MustCompile(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`).MatchString(id)
}
