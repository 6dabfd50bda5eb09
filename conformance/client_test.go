package conformance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The SDK passes every case, without known failures.
func TestClientSDK(t *testing.T) {
	t.Parallel()
	var run suite.Run
	conformance.Client(t, callSDK, conformance.WithName("sdk"), conformance.WithResults(func(r suite.Run) { run = r }))
	counts := run.Counts()
	if counts[suite.Passed] == 0 || counts[suite.Passed]+counts[suite.Unsupported] != len(run.Results) {
		t.Errorf("got %v", counts)
	}
	if run.Duration > time.Minute {
		t.Errorf("run took %s", run.Duration)
	}
}

// silentClient is a client that drops the messages of errors.
func silentClient(ctx context.Context, request adapters.Request) adapters.Result {
	result := callSDK(ctx, request)
	if result.Error != nil {
		result.Error.Message = "no message"
	}
	return result
}

func TestFailingClient(t *testing.T) {
	t.Parallel()
	some := conformance.WithCases("errors/SiteNotFound", "errors/QuotaExceeded", "example/*")
	for name, test := range map[string]struct {
		client  adapters.Handler
		options []conformance.ClientOption
		failed  bool
		want    []string
	}{
		"ignores messages": {
			silentClient, []conformance.ClientOption{some}, true,
			[]string{
				"errors/SiteNotFound: error: failed", "want      The specified site is not found.", "got       no message",
				"X-Acs-Action: ApplyCertificate", "1 passed, 2 failed",
			},
		},
		"known failure": {
			silentClient, []conformance.ClientOption{some, conformance.WithKnownFailuresFile(knownFailure(t, "errors/*", "message"))}, false,
			[]string{"errors/SiteNotFound: log: known-failure, tolerated", "1 passed, 2 known-failure"},
		},
		"unexpected pass": {
			silentClient, []conformance.ClientOption{
				some, conformance.WithKnownFailuresFile(knownFailure(t, "errors/*", "message")),
				conformance.WithKnownFailuresFile(knownFailure(t, "errors/QuotaExceeded", "code")),
			}, true, []string{"errors/QuotaExceeded: error: unexpected-pass", "passed, but is a known failure"},
		},
		"known failure of nothing": {
			callSDK, []conformance.ClientOption{some, conformance.WithKnownFailuresFile(knownFailure(t, "nothing/like/it", "code"))}, true,
			[]string{": error: conformance: known failures: ", "nothing/like/it"},
		},
		"cannot make the call": {
			func(context.Context, adapters.Request) adapters.Result {
				return fail(adapters.KindUnsupported, "no call")
			}, []conformance.ClientOption{some}, true,
			[]string{"example/documented: skip: unsupported: no call", "none of 3 cases ran"},
		},
		"hangs": {
			func(context.Context, adapters.Request) adapters.Result { select {} },
			[]conformance.ClientOption{some, conformance.WithCallTimeout(50*time.Millisecond, 50*time.Millisecond)}, true,
			[]string{"example/documented: error: error", "the client hangs: no result within 100ms"},
		},
		"skipped case": {
			silentClient, []conformance.ClientOption{some, conformance.WithoutCases("errors/**")}, false, []string{": log: conformance: 1 passed"},
		},
		"wrong pattern": {silentClient, []conformance.ClientOption{conformance.WithCases("nothing")}, true, []string{`fatal: conformance: `, `"nothing"`}},
		"wrong case": {
			silentClient, []conformance.ClientOption{conformance.WithCaseList([]suite.Case{{ID: "custom/case", Client: &suite.ClientCase{}}})}, true,
			[]string{"custom/case: error: error", "case custom/case: the script has no reply; no outcome is allowed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorded := newTester()
			conformance.Client(recorded, test.client, test.options...)
			if recorded.failed != test.failed {
				t.Errorf("failed: %v", recorded.failed)
			}
			for _, part := range test.want {
				if !strings.Contains(recorded.output(), part) {
					t.Errorf("output lacks %q:\n%s", part, recorded.output())
				}
			}
		})
	}
}

func fail(kind adapters.Kind, raw string) adapters.Result {
	return adapters.Result{Error: &adapters.Error{Kind: kind, Raw: raw}}
}

func ExampleClient() {
	// In a test: the *testing.T.
	t := newTester()
	conformance.Client(t, silentClient, conformance.WithCases("errors/SiteNotFound", "example/*"))
	for _, child := range t.children {
		fmt.Println(child.name, "failed:", child.failed)
	}
	// Output:
	// example/documented failed: false
	// errors/SiteNotFound failed: true
}
