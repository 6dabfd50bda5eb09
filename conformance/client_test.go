package conformance_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/suite"
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
	if run.Duration > 10*time.Second {
		t.Errorf("it took %s", run.Duration)
	}
}

// insideVariable makes TestClientTells be the wrong client that it is about.
const insideVariable = "ESACERT_TEST_WRONG_CLIENT"

// TestClientTells: subtests fail, are skipped or pass as their cases do. Since a
// test that fails is what is looked for, it is run in a process of its own.
func TestClientTells(t *testing.T) {
	if manner := os.Getenv(insideVariable); manner != "" {
		wrongClient(t, manner)
		return
	}
	t.Parallel()
	for manner, want := range map[string][]string{
		"ignores messages": {
			"--- FAIL: TestClientTells/errors/SiteNotFound", `want     The specified site is not found.`, `got      no message`,
			"--- PASS: TestClientTells/example/documented", "X-Acs-Action: ApplyCertificate",
		},
		"known failures": {
			"--- PASS: TestClientTells/errors/SiteNotFound", "known-failure", "because  it drops messages",
			"--- FAIL: TestClientTells/errors/QuotaExceeded", "it passes, and was known to fail: it drops the code",
			"known.yaml:3:3: known failure nothing/like/it",
		},
		"makes no call": {"--- SKIP: TestClientTells/example/documented", "no call", "none of 3 cases ran; "},
		"calls FailNow": {"the func ended its goroutine without a result", "--- FAIL: TestClientTells/example/documented"},
		"wrong pattern": {`no case matches "nothing"`},
		"wrong case":    {"case own/case: no reply in the script; no outcome is right", "--- FAIL: TestClientTells/own/case"},
	} {
		t.Run(manner, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestClientTells$", "-test.v")
			command.Env = append(os.Environ(), insideVariable+"="+manner)
			out, err := command.CombinedOutput()
			if err == nil {
				t.Error("the test passed")
			}
			for _, part := range want {
				if !strings.Contains(string(out), part) {
					t.Errorf("the output lacks %q:\n%s", part, out)
				}
			}
		})
	}
}

func wrongClient(t *testing.T, manner string) {
	mute := func(ctx context.Context, request adapters.Request) adapters.Result {
		result := callSDK(ctx, request)
		if result.Error != nil {
			result.Error.Message = "no message"
		}
		return result
	}
	some := conformance.WithClientCases("errors/SiteNotFound", "errors/QuotaExceeded", "example/*")
	switch manner {
	case "ignores messages":
		conformance.Client(t, mute, conformance.WithoutClientCases("clients/**"))
	case "known failures":
		known, err := suite.ParseKnown("known.yaml", []byte(
			"- {case: errors/*, check: message, subject: client, reason: it drops messages}\n"+
				"- {case: errors/QuotaExceeded, check: code, subject: client, reason: it drops the code}\n"+
				"- {case: nothing/like/it, check: code, subject: client, reason: none}\n"))
		if err != nil {
			t.Fatal(err)
		}
		conformance.Client(t, mute, some, conformance.WithKnownClientFailures(known...))
	case "makes no call":
		conformance.Client(t, func(context.Context, adapters.Request) adapters.Result {
			return adapters.Result{Error: &adapters.Error{Kind: adapters.KindUnsupported, Raw: "no call"}}
		}, some)
	case "calls FailNow":
		conformance.Client(t, func(context.Context, adapters.Request) adapters.Result {
			t.FailNow()
			return adapters.Result{}
		}, some, conformance.WithCallTimeout(time.Second, time.Second))
	case "wrong pattern":
		conformance.Client(t, mute, conformance.WithClientCases("nothing"))
	case "wrong case":
		conformance.Client(t, mute, conformance.WithOwnClientCases([]suite.Case{{ID: "own/case", Client: &suite.ClientCase{}}}))
	}
}
