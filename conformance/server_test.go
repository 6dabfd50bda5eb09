package conformance_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/server/servertest"
)

const targetsFile = "internal/serverrunner/testdata/targets.yaml"

func ourServer(t testing.TB) *servertest.Server {
	t.Helper()
	states, err := os.ReadFile("internal/serverrunner/testdata/states.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return servertest.New(t, servertest.WithConfig(string(states)))
}

// journalOf asks the journal of a server in the same process.
func journalOf(srv *servertest.Server) serverrunner.Journal {
	return serverrunner.JournalFunc(func(_ context.Context, requestID string) (string, error) {
		entries := srv.Journal()
		at := slices.IndexFunc(entries, func(e servertest.Entry) bool { return e.RequestID == requestID })
		if at < 0 {
			return "", serverrunner.ErrNoEntry
		}
		return entries[at].Rule, nil
	})
}

// Our server passes every case, by its URL.
func TestOurServer(t *testing.T) {
	t.Parallel()
	srv := ourServer(t)
	conformance.Server(t, srv.URL(), conformance.WithTargetsFile(targetsFile), conformance.AllowWrites(),
		conformance.WithJournal(journalOf(srv)), conformance.WithServerResults(func(run suite.Run) {
			if run.ExitCode() != suite.ExitPassed || run.Counts()[suite.Passed] != len(run.Results) {
				t.Errorf("%v", run.Counts())
			}
		}))
}

// And as a handler, but for what net/http answers itself.
func TestOurHandler(t *testing.T) {
	t.Parallel()
	conformance.Server(t, ourServer(t).Handler(), conformance.WithTargetsFile(targetsFile), conformance.WithServerCases("errors/**"))
}

// tester records what a *testing.T would be told.
type tester struct {
	name     string
	lines    *[]string
	children []*tester
	failed   bool
	skipped  bool
}

func newTester() *tester { return &tester{lines: &[]string{}} }

func (t *tester) Helper()                  {}
func (t *tester) Context() context.Context { return context.Background() }
func (t *tester) say(what, format string, args ...any) {
	*t.lines = append(*t.lines, t.name+": "+what+": "+fmt.Sprintf(format, args...))
}
func (t *tester) Logf(format string, args ...any)   { t.say("log", format, args...) }
func (t *tester) Errorf(format string, args ...any) { t.failed = true; t.say("error", format, args...) }
func (t *tester) Fatalf(format string, args ...any) { t.failed = true; t.say("fatal", format, args...) }
func (t *tester) Skipf(format string, args ...any)  { t.skipped = true; t.say("skip", format, args...) }
func (t *tester) Run(name string, f func(*tester)) bool {
	child := &tester{name: name, lines: t.lines}
	t.children = append(t.children, child)
	f(child)
	t.failed = t.failed || child.failed
	return !child.failed
}
func (t *tester) text() string { return strings.Join(*t.lines, "\n") }

func TestServerThatFails(t *testing.T) {
	t.Parallel()
	wrong := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"RequestId":"1"}`))
	})
	known := knownFailure(t, "errors/SiteNotFound", "*")
	for _, tc := range []struct {
		name    string
		server  any
		options []conformance.ServerOption
		failed  bool
		want    []string
	}{
		{
			"wrong answer", wrong, []conformance.ServerOption{conformance.WithServerCases("errors/SiteNotFound")}, true,
			[]string{"errors/SiteNotFound: error: failed", "status: failed", "want     400", "got      200", "sent     POST /?", "answer   HTTP/1.1 200 OK"},
		},
		{
			"known", wrong, []conformance.ServerOption{conformance.WithServerCases("errors/SiteNotFound"), conformance.WithKnownServerFailures(known)}, false,
			[]string{"errors/SiteNotFound: log: known-failure, tolerated", "it answers everything alike", "1 known-failure"},
		},
		{
			"stale", ourServer(t).Handler(), []conformance.ServerOption{conformance.WithServerCases("errors/SiteNotFound"), conformance.WithKnownServerFailures(known)}, true,
			[]string{"errors/SiteNotFound: error: stale-known"},
		},
		{
			"known and not there", wrong, []conformance.ServerOption{
				conformance.WithServerCases("errors/SiteNotFound"), conformance.WithKnownServerFailures(known),
				conformance.WithKnownServerFailures(knownFailure(t, "nonesuch/case", "*")),
			}, true, []string{"nonesuch/case"},
		},
		{
			"nothing to test with", wrong, []conformance.ServerOption{conformance.WithTargets(&suite.Targets{}), conformance.WithServerCases("errors/SiteNotFound")}, true,
			[]string{"errors/SiteNotFound: skip: not-run: the targets have no keys.account", ": error: conformance: none of 1 cases ran; errors/SiteNotFound: the targets"},
		},
		{
			"hangs", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
			[]conformance.ServerOption{conformance.WithServerCases("errors/SiteNotFound"), conformance.WithCaseTimeout(100 * time.Millisecond), conformance.WithServerName("sleeper")}, true,
			[]string{"error: broken", "the server hangs"},
		},
		{"left out", wrong, []conformance.ServerOption{conformance.WithServerCases("errors/SiteNot*"), conformance.WithoutServerCases("errors/**")}, true, []string{"fatal", "errors/SiteNot*"}},
		{"unknown pattern", wrong, []conformance.ServerOption{conformance.WithServerCases("nonesuch")}, true, []string{"fatal", "nonesuch"}},
		{"no file", wrong, []conformance.ServerOption{conformance.WithTargetsFile("nonesuch.yaml"), conformance.WithTargetsFile("neither.yaml")}, true, []string{"fatal", "nonesuch.yaml"}},
		{"broken file", wrong, []conformance.ServerOption{conformance.WithTargetsFile(write(t, "sites: 1"))}, true, []string{"fatal", "targets.yaml"}},
		{"no server", 1, nil, true, []string{"fatal", "no int"}},
		{"unreachable", "http://127.0.0.1:1", nil, true, []string{"fatal", "http://127.0.0.1:1 cannot be reached"}},
		{"no writes", ourServer(t).URL(), []conformance.ServerOption{conformance.WithServerCases("example/documented")}, true, []string{"skip", "writing was not allowed"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			recorded := newTester()
			conformance.Server(recorded, tc.server, append([]conformance.ServerOption{conformance.WithTargetsFile(targetsFile)}, tc.options...)...)
			if recorded.failed != tc.failed {
				t.Errorf("failed: %v\n%s", recorded.failed, recorded.text())
			}
			for _, want := range tc.want {
				if !strings.Contains(recorded.text(), want) {
					t.Errorf("it does not say %q:\n%s", want, recorded.text())
				}
			}
		})
	}
}

func knownFailure(t *testing.T, id, check string) suite.Known {
	t.Helper()
	known, err := suite.ParseKnown("known.yaml", []byte("- {case: "+id+", check: '"+check+"', subject: '*', reason: it answers everything alike}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return known[0]
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "targets.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A person's own cases can be run in place of the suite's; none of them is for a
// client.
func TestOwnServerCases(t *testing.T) {
	t.Parallel()
	own := []suite.Case{
		{ID: "own/unknown-action", Why: "Another operation is not here.", Source: suite.Gateway, Level: suite.Must, Server: &suite.ServerCase{
			Steps: []suite.Step{{Request: suite.Request{Action: new("Nonesuch")}, Answers: []suite.Answer{{Status: http.StatusNotFound}}}},
		}},
		{ID: "own/client", Client: &suite.ClientCase{}},
	}
	recorded := newTester()
	conformance.Server(recorded, ourServer(t).Handler(), conformance.WithTargetsFile(targetsFile), conformance.WithOwnServerCases(own))
	if recorded.failed || len(recorded.children) != 1 || recorded.children[0].name != "own/unknown-action" {
		t.Errorf("%d subtests\n%s", len(recorded.children), recorded.text())
	}
}

// A server with a certificate of its own making is reached by a configuration
// that knows it.
func TestServerTLS(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(ourServer(t).Handler())
	t.Cleanup(secure.Close)
	transport, ok := secure.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the client of the test server has another transport")
	}
	conformance.Server(t, secure.URL, conformance.WithTargetsFile(targetsFile), conformance.WithServerCases("errors/SiteNotFound"),
		conformance.WithTLS(transport.TLSClientConfig))
}

// Only some of the cases ran, as with go test's own -run: what did not run
// proves nothing about known failures, or about there being none.
func TestServerWithSomeSubtests(t *testing.T) {
	t.Parallel()
	some := &onlyFirst{tester: newTester()}
	conformance.Server(some, ourServer(t).Handler(), conformance.WithTargetsFile(targetsFile), conformance.WithServerCases("errors/**"),
		conformance.WithKnownServerFailures(knownFailure(t, "errors/QuotaExceeded", "status")))
	if some.failed {
		t.Error(some.text())
	}
}

// onlyFirst runs the first subtest alone.
type onlyFirst struct {
	*tester
	ran bool
}

// Run runs the first subtest.
func (o *onlyFirst) Run(name string, f func(*onlyFirst)) bool {
	if o.ran {
		return true
	}
	o.ran = true
	child := &onlyFirst{tester: &tester{name: name, lines: o.lines}}
	f(child)
	o.failed = o.failed || child.failed
	return !child.failed
}

func ExampleServer() {
	// In a test: the *testing.T.
	t := newTester()
	srv := servertest.New(&exampleTB{})
	targets := &suite.Targets{
		Keys:  map[string]suite.Key{"account": {ID: servertest.AccessKeyID, Secret: servertest.AccessKeySecret}},
		Sites: map[string]suite.Site{"active": {ID: servertest.SiteID, Name: "example.com"}},
	}
	conformance.Server(t, srv.Handler(), conformance.WithTargets(targets), conformance.WithServerCases("errors/SiteNotFound", "example/**"))
	for _, child := range t.children {
		fmt.Println(child.name, "failed:", child.failed)
	}
	// Output:
	// example/documented failed: false
	// errors/SiteNotFound failed: false
}

// exampleTB stands where a test's t would.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                  {}
func (exampleTB) Name() string             { return "Example" }
func (exampleTB) Context() context.Context { return context.Background() }
func (exampleTB) Cleanup(func())           {}
