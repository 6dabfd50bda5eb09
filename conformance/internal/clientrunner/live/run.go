package live

import (
	"context"
	"strings"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Client is a client under test.
type Client struct {
	Session *clientrunner.Session
	// Unsupported returns why the client cannot make a call, or "". If nil, the client
	// must make every call. A client fails if it makes a call that it cannot make
	// according to this function, or the reverse.
	Unsupported func(adapters.Request) string
}

// Run runs the cases in order. It returns a result for each, with a check for each
// variant.
func Run(ctx context.Context, client Client, target Target, cases []Case) []suite.Result {
	results := make([]suite.Result, len(cases))
	for i, c := range cases {
		results[i] = client.run(ctx, target, c)
	}
	return results
}

func (client Client) run(ctx context.Context, target Target, c Case) suite.Result {
	began := time.Now()
	result := suite.Result{
		Case: c.ID, Why: c.Why, Evidence: c.evidence(), Level: suite.Must, Side: suite.ClientSide, Subject: client.Session.Name(),
	}
	for _, n := range client.variants(c) {
		result.Checks = append(result.Checks, client.check(ctx, target, c, n))
	}
	result.Judge()
	if result.Verdict == suite.Unsupported {
		result.Reason = result.Checks[0].Reason
	}
	result.Duration = time.Since(began)
	return result
}

// variants returns the indexes of the variants to run.
func (client Client) variants(c Case) []int {
	var all []int
	for n, variant := range c.Variants {
		if c.AnyVariant && client.unsupported(variant.request("", "", c.Parameters)) == "" {
			return []int{n}
		}
		all = append(all, n)
	}
	if c.AnyVariant {
		return all[:1] // none is supported
	}
	return all
}

func (client Client) unsupported(request adapters.Request) string {
	if client.Unsupported == nil {
		return ""
	}
	return client.Unsupported(request)
}

// check makes the call of variant n and judges it.
func (client Client) check(ctx context.Context, target Target, c Case, n int) suite.Check {
	variant := c.Variants[n]
	check := suite.Check{Name: variant.String(), Verdict: suite.Passed, Want: c.want()}
	hide := redact.New(variant.Caller.AccessKeySecret, variant.Caller.SecurityToken, variant.Caller.BearerToken)
	call := func(request adapters.Request, judge func(adapters.Result) problems) (ok bool) {
		result, err := client.Session.Call(ctx, request)
		if err != nil {
			check.Verdict, check.Reason = suite.Errored, err.Error()
			return false
		}
		wrong := judge(result)
		if len(wrong) > 0 {
			check.Verdict, check.Got = suite.Failed, hide.String(clientrunner.Describe(result))
			check.Reason = hide.String(strings.Join(wrong, "\n"))
		}
		return len(wrong) == 0
	}
	request := variant.request(c.ID+" "+check.Name, target.Endpoint, numbered(n, c.Parameters))
	if reason := client.unsupported(request); reason != "" {
		if call(request, func(result adapters.Result) (wrong problems) {
			wrong.require(!result.OK && result.Error.Kind == adapters.KindUnsupported, "made a call that it does not support (%s)", reason)
			return wrong
		}) {
			check.Verdict, check.Reason = suite.Unsupported, reason
		}
		return check
	}
	setup := variant.request(request.ID+" setup", target.Endpoint, numbered(n, c.Setup))
	if c.Setup == nil || call(setup, func(result adapters.Result) (wrong problems) {
		wrong.require(result.OK, "the setup call was not accepted")
		return wrong
	}) {
		call(request, func(result adapters.Result) problems { return c.judge(ctx, target, n, result) })
	}
	return check
}
