package clientrunner_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/process"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The test binary is also the adapter under test, in the mode that this variable names.
const modeEnv = "ESACERT_TEST_CLIENT_ADAPTER"

func TestMain(m *testing.M) {
	switch os.Getenv(modeEnv) {
	case "":
		os.Exit(m.Run())
	case "slow to start":
		time.Sleep(700 * time.Millisecond) // like a program that loads libraries
	case "exits non-zero": // after a correct run
		_ = adapters.Serve(context.Background(), os.Stdin, os.Stdout, fakeAdapter)
		os.Exit(4)
	}
	if adapters.Serve(context.Background(), os.Stdin, os.Stdout, fakeAdapter) != nil {
		os.Exit(1)
	}
}

// fakeAdapter is a correct client, except for cases whose ID names another mode.
func fakeAdapter(ctx context.Context, request adapters.Request) adapters.Result {
	_, mode, _ := strings.Cut(request.ID, "/")
	mode, _, _ = strings.Cut(mode, "-")
	switch mode {
	case "crashes":
		fmt.Fprintln(os.Stderr, "out of memory, secret "+request.AccessKeySecret)
		os.Exit(3)
	case "leaks":
		fmt.Fprintln(os.Stderr, "signing with "+request.AccessKeySecret)
	case "exits":
		os.Exit(0)
	case "prints":
		fmt.Fprintln(os.Stdout, "listening on port 8080")
	case "hangs":
		time.Sleep(time.Hour) // until it is killed; select {} would be reported as a deadlock
	case "forges":
		fmt.Fprintln(os.Stdout, `{"id":"who","ok":true,"response":{"body":{}}}`)
		time.Sleep(time.Minute) // it is killed for the line
	}
	// A correct call ignores the timeout, which may be short.
	return newReferenceClient().call(context.WithoutCancel(ctx), request)
}

func program(mode string) clientrunner.Subject {
	return clientrunner.Command("program", process.Command{
		Path: os.Args[0], Env: append(os.Environ(), modeEnv+"="+mode),
	})
}

// casesInModes returns a case for each mode. Their timeout is long, so that they also pass
// on a slow machine.
func casesInModes(t *testing.T, names ...string) []suite.Case {
	t.Helper()
	base := testCases(t, "request/get")[0]
	cases := make([]suite.Case, len(names))
	for i, name := range names {
		cases[i] = base
		cases[i].ID = "mode/" + name
		setTimeout(&cases[i], 10*time.Second)
	}
	return cases
}

// setTimeout sets the timeout of the call.
func setTimeout(c *suite.Case, timeout time.Duration) {
	client := *c.Client
	client.Call.Timeout = suite.Duration(timeout)
	c.Client = &client
}

func verdicts(results []suite.Result) []suite.Verdict {
	list := make([]suite.Verdict, len(results))
	for i, result := range results {
		list[i] = result.Verdict
	}
	return list
}

// The case in which a program fails is an error with the reason, and the next case uses a
// new process.
func TestFailingPrograms(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{
		"crashes": "adapter exited before its input was closed: exit status 3; stderr: out of memory, secret [secret]",
		"exits":   "adapter exited before its input was closed: exit status 0",
		"prints":  `line "listening on port 8080"`,
		"hangs":   "the client hangs: no result within 400ms",
		"forges":  `no call has id "who"`,
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cases := casesInModes(t, "correct-1", mode, "correct-2", "correct-3")
			options := clientrunner.Options{Contract: contract(t), Parallel: 1}
			if mode == "hangs" {
				setTimeout(&cases[1], 300*time.Millisecond)
				options.Grace = 100 * time.Millisecond
			}
			results, err := clientrunner.Run(t.Context(), program("correct"), cases, options)
			if err != nil {
				t.Fatal(err)
			}
			if got := verdicts(results); !slices.Equal(got, []suite.Verdict{suite.Passed, suite.Errored, suite.Passed, suite.Passed}) {
				t.Errorf("got %q", got)
			}
			if results[1].Duration > 30*time.Second {
				t.Errorf("the case took %s", results[1].Duration)
			}
			if got := failedChecks(results[1]); !slices.Contains(got, "outcome") || !strings.Contains(results[1].Reason, want) {
				t.Errorf("got %q, %s\nwant %s", got, results[1].Reason, want)
			}
		})
	}
}

func TestConsecutiveFailuresStopTheRun(t *testing.T) {
	t.Parallel()
	cases := casesInModes(t, "correct-1", "crashes-1", "prints-1", "crashes-2", "correct-2", "correct-3")
	results, err := clientrunner.Run(t.Context(), program("correct"), cases, clientrunner.Options{Contract: contract(t), Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := []suite.Verdict{suite.Passed, suite.Errored, suite.Errored, suite.Errored, suite.Errored, suite.Errored}
	if got := verdicts(results); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for _, result := range results[4:] {
		const reason = "could not be run: stopped after 3 calls without a result: adapter exited before its input was closed: exit status 3"
		if !strings.HasPrefix(result.Reason, reason) || result.Exchanges != nil {
			t.Errorf("%s: got %s", result.Case, result.Reason)
		}
	}
}

// Only consecutive failures count.
func TestSeparateFailuresDoNotStopTheRun(t *testing.T) {
	t.Parallel()
	cases := casesInModes(t, "crashes-1", "crashes-2", "correct-1", "prints-1", "crashes-3", "correct-2")
	results, err := clientrunner.Run(t.Context(), program("correct"), cases, clientrunner.Options{Contract: contract(t), Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := []suite.Verdict{suite.Errored, suite.Errored, suite.Passed, suite.Errored, suite.Errored, suite.Passed}
	if got := verdicts(results); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// The first result may take longer, because the program loads libraries.
func TestSlowStartIsNotATimeout(t *testing.T) {
	t.Parallel()
	cases := casesInModes(t, "correct-1", "correct-2")
	setTimeout(&cases[0], 300*time.Millisecond) // shorter than the start
	results, err := clientrunner.Run(t.Context(), program("slow to start"), cases, clientrunner.Options{
		Contract: contract(t), Parallel: 1, Grace: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdicts(results); !slices.Equal(got, []suite.Verdict{suite.Passed, suite.Passed}) {
		t.Errorf("got %q: %s", got, results[0].Reason)
	}
}

func TestProgramNotFound(t *testing.T) {
	t.Parallel()
	missing := clientrunner.Command("missing", process.Command{Path: "no-such-adapter"})
	results, err := clientrunner.Run(t.Context(), missing, casesInModes(t, "correct-1", "correct-2"), clientrunner.Options{Contract: contract(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if result.Verdict != suite.Errored || !strings.Contains(result.Reason, "start adapter no-such-adapter: ") {
			t.Errorf("got %s: %s", result.Verdict, result.Reason)
		}
	}
}

func TestProgramExitsNonZero(t *testing.T) {
	t.Parallel()
	results, err := clientrunner.Run(t.Context(), program("exits non-zero"), casesInModes(t, "correct-1"), clientrunner.Options{Contract: contract(t)})
	if err == nil || !strings.Contains(err.Error(), "close client program: ") || !strings.Contains(err.Error(), "exit status 4") {
		t.Errorf("got %v", err)
	}
	if got := verdicts(results); !slices.Equal(got, []suite.Verdict{suite.Passed}) {
		t.Errorf("got %q", got)
	}
}

func TestFailingFuncs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		call adapters.Handler
		want string
	}{
		"panics":     {func(context.Context, adapters.Request) adapters.Result { panic("no such thing") }, "the func panicked: no such thing"},
		"exits":      {func(context.Context, adapters.Request) adapters.Result { runtime.Goexit(); panic("unreachable") }, "the func exited its goroutine"},
		"hangs":      {func(context.Context, adapters.Request) adapters.Result { select {} }, "the client hangs: no result within 400ms"},
		"no outcome": {func(context.Context, adapters.Request) adapters.Result { return adapters.Result{} }, "ok requires a response and no error"},
		"not JSON": {func(context.Context, adapters.Request) adapters.Result {
			return adapters.Result{Response: &adapters.Response{Body: map[string]any{"Result": func() {}}}}
		}, "json: unsupported type"},
		"unknown kind": {func(context.Context, adapters.Request) adapters.Result {
			return fails(adapters.Error{Kind: "strange"})
		}, `unknown error kind "strange"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cases := casesInModes(t, "correct")
			if name == "hangs" {
				setTimeout(&cases[0], 300*time.Millisecond)
			}
			results := runWithin(t, 100*time.Millisecond, test.call, cases)
			if results[0].Verdict != suite.Errored || !strings.Contains(results[0].Reason, test.want) {
				t.Errorf("got %s: %s", results[0].Verdict, results[0].Reason)
			}
		})
	}
}

// The requests of a client that then hangs are judged.
func TestRequestsOfHangingClientAreJudged(t *testing.T) {
	t.Parallel()
	m := newReferenceClient()
	m.method = func(string) string { return "POST" }
	ctx, cancel := context.WithCancel(t.Context())
	m.result = func(*adapters.Result) {
		cancel() // the request has arrived
		select {}
	}
	results, _ := clientrunner.Run(ctx, clientrunner.Func("model", m.call), casesInModes(t, "correct"), clientrunner.Options{Contract: contract(t)})
	result := results[0]
	if got := failedChecks(result); !slices.Equal(got, []string{"request method", "outcome"}) || result.Verdict != suite.Errored || len(result.Exchanges) != 1 {
		t.Errorf("got %s by %q\n%s", result.Verdict, got, explain(result))
	}
}

func TestUnsupportedIsNotAFailure(t *testing.T) {
	t.Parallel()
	m := func(context.Context, adapters.Request) adapters.Result {
		return fails(adapters.Error{Kind: adapters.KindUnsupported, Raw: "no GET"})
	}
	result := run(t, m, casesInModes(t, "correct"))[0]
	if result.Verdict != suite.Unsupported || result.Reason != "no GET" || !slices.Equal(failedChecks(result), []string{"outcome"}) {
		t.Errorf("got %+v", result)
	}
}

func TestFinishedResultsAreKept(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	results, err := clientrunner.Run(ctx, clientrunner.Func("model", newReferenceClient().call), casesInModes(t, "correct-1", "correct-2", "correct-3"), clientrunner.Options{
		Contract: contract(t), Parallel: 1, Done: func(suite.Result) { done++; cancel() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdicts(results); !slices.Equal(got, []suite.Verdict{suite.Passed, suite.Errored, suite.Errored}) || done != 3 {
		t.Errorf("got %q, %d calls of Done\n%s", got, done, explain(results[0]))
	}
	if results[2].Reason != "could not be run: context canceled" {
		t.Errorf("got %s", results[2].Reason)
	}
}
