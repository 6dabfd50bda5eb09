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

// TestClientSDK: our SDK fails no case, and none is known to fail.
func TestClientSDK(t *testing.T) {
	t.Parallel()
	var run suite.Run
	conformance.Client(t, callSDK, conformance.WithClientName("sdk"), conformance.WithClientResults(func(r suite.Run) { run = r }))
	counts := run.Counts()
	if counts[suite.Passed] == 0 || counts[suite.Passed]+counts[suite.Unsupported] != len(run.Results) {
		t.Errorf("got %v", counts)
	}
	if run.Duration > time.Minute {
		t.Errorf("it took %s", run.Duration)
	}
}

// mute is a client that loses the messages of errors.
func mute(ctx context.Context, request adapters.Request) adapters.Result {
	result := callSDK(ctx, request)
	if result.Error != nil {
		result.Error.Message = "no message"
	}
	return result
}

func TestClientThatFails(t *testing.T) {
	t.Parallel()
	some := conformance.WithClientCases("errors/SiteNotFound", "errors/QuotaExceeded", "example/*")
	for name, test := range map[string]struct {
		client  adapters.CallFunc
		options []conformance.ClientOption
		failed  bool
		want    []string
	}{
		"ignores messages": {
			mute, []conformance.ClientOption{some}, true,
			[]string{
				"errors/SiteNotFound: error: failed", "want     The specified site is not found.", "got      no message",
				"X-Acs-Action: ApplyCertificate", "1 passed, 2 failed",
			},
		},
		"known failure": {
			mute, []conformance.ClientOption{some, conformance.WithKnownClientFailures(knownFailure(t, "errors/*", "message"))}, false,
			[]string{"errors/SiteNotFound: log: known-failure, tolerated", "1 passed, 2 known-failure"},
		},
		"stale known failure": {
			mute, []conformance.ClientOption{
				some, conformance.WithKnownClientFailures(knownFailure(t, "errors/*", "message"), knownFailure(t, "errors/QuotaExceeded", "code")),
			}, true, []string{"errors/QuotaExceeded: error: stale-known", "it passes, and was known to fail"},
		},
		"known failure of nothing": {
			callSDK, []conformance.ClientOption{some, conformance.WithKnownClientFailures(knownFailure(t, "nothing/like/it", "code"))}, true,
			[]string{": error: conformance: known failures: ", "nothing/like/it"},
		},
		"makes no call": {
			func(context.Context, adapters.Request) adapters.Result {
				return fail(adapters.KindUnsupported, "no call")
			}, []conformance.ClientOption{some}, true,
			[]string{"example/documented: skip: unsupported: no call", "none of 3 cases ran"},
		},
		"hangs": {
			func(context.Context, adapters.Request) adapters.Result { select {} },
			[]conformance.ClientOption{some, conformance.WithCallTimeout(50*time.Millisecond, 50*time.Millisecond)}, true,
			[]string{"example/documented: error: broken", "the client hangs: no result within 100ms"},
		},
		"case left out": {
			mute, []conformance.ClientOption{some, conformance.WithoutClientCases("errors/**")}, false, []string{": log: conformance: 1 passed"},
		},
		"wrong pattern": {mute, []conformance.ClientOption{conformance.WithClientCases("nothing")}, true, []string{`fatal: conformance: `, `"nothing"`}},
		"wrong case": {
			mute, []conformance.ClientOption{conformance.WithOwnClientCases([]suite.Case{{ID: "own/case", Client: &suite.ClientCase{}}})}, true,
			[]string{"own/case: error: broken", "case own/case: no reply in the script; no outcome is right"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := newTester()
			conformance.Client(told, test.client, test.options...)
			if told.failed != test.failed {
				t.Errorf("failed: %v", told.failed)
			}
			for _, part := range test.want {
				if !strings.Contains(told.text(), part) {
					t.Errorf("it lacks %q:\n%s", part, told.text())
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
	conformance.Client(t, mute, conformance.WithClientCases("errors/SiteNotFound", "example/*"))
	for _, child := range t.children {
		fmt.Println(child.name, "failed:", child.failed)
	}
	// Output:
	// example/documented failed: false
	// errors/SiteNotFound failed: true
}
