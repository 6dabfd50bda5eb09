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
	"testing/fstest"
	"time"

	"github.com/esacert/esacert/conformance"
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

// journalOf returns a function that queries the journal of a server in the same process.
func journalOf(srv *servertest.Server) func(context.Context, string) (string, error) {
	return func(_ context.Context, requestID string) (string, error) {
		entries := srv.Journal()
		at := slices.IndexFunc(entries, func(e servertest.Entry) bool { return e.RequestID == requestID })
		if at < 0 {
			return "", nil
		}
		return entries[at].Rule, nil
	}
}

// esacertd passes every case, by its URL.
func TestOurServer(t *testing.T) {
	t.Parallel()
	srv := ourServer(t)
	conformance.Server(t, srv.URL(), conformance.WithTargetsFile(targetsFile), conformance.WithWrites(),
		conformance.WithJournal(journalOf(srv)), conformance.WithResults(func(run suite.Run) {
			if run.ExitCode() != suite.ExitPassed || run.Counts()[suite.Passed] != len(run.Results) {
				t.Errorf("%v", run.Counts())
			}
		}))
}

// The handler passes too; net/http itself sends some responses.
func TestOurHandler(t *testing.T) {
	t.Parallel()
	conformance.Server(t, ourServer(t).Handler(), conformance.WithTargetsFile(targetsFile), conformance.WithCases("errors/**"))
}

// tester is a Tester that records its calls.
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
func (t *tester) record(what, format string, args ...any) {
	*t.lines = append(*t.lines, t.name+": "+what+": "+fmt.Sprintf(format, args...))
}
func (t *tester) Logf(format string, args ...any) { t.record("log", format, args...) }
func (t *tester) Errorf(format string, args ...any) {
	t.failed = true
	t.record("error", format, args...)
}
func (t *tester) Fatalf(format string, args ...any) {
	t.failed = true
	t.record("fatal", format, args...)
}
func (t *tester) Skipf(format string, args ...any) {
	t.skipped = true
	t.record("skip", format, args...)
}
func (t *tester) Run(name string, f func(*tester)) bool {
	child := &tester{name: name, lines: t.lines}
	t.children = append(t.children, child)
	f(child)
	t.failed = t.failed || child.failed
	return !child.failed
}
func (t *tester) output() string { return strings.Join(*t.lines, "\n") }

func TestFailingServer(t *testing.T) {
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
			"wrong response", wrong, []conformance.ServerOption{conformance.WithCases("errors/SiteNotFound")}, true,
			[]string{"errors/SiteNotFound: error: failed", "status: failed", "want      400", "got       200", "sent      POST /?", "response  HTTP/1.1 200 OK"},
		},
		{
			"known failure", wrong, []conformance.ServerOption{conformance.WithCases("errors/SiteNotFound"), conformance.WithKnownFailuresFile(known)}, false,
			[]string{"errors/SiteNotFound: log: known-failure, tolerated", "all responses are equal", "1 known-failure"},
		},
		{
			"unexpected pass", ourServer(t).Handler(), []conformance.ServerOption{conformance.WithCases("errors/SiteNotFound"), conformance.WithKnownFailuresFile(known)}, true,
			[]string{"errors/SiteNotFound: error: unexpected-pass"},
		},
		{
			"known failure of a missing case", wrong, []conformance.ServerOption{
				conformance.WithCases("errors/SiteNotFound"), conformance.WithKnownFailuresFile(known),
				conformance.WithKnownFailuresFile(knownFailure(t, "nonesuch/case", "*")),
			}, true, []string{"nonesuch/case"},
		},
		{
			"no targets", wrong, []conformance.ServerOption{conformance.WithTargets([]byte("{}")), conformance.WithCases("errors/SiteNotFound")}, true,
			[]string{"errors/SiteNotFound: skip: not-run: missing from the targets: keys.account", ": error: conformance: none of 1 cases ran; errors/SiteNotFound: missing from the targets"},
		},
		{
			"hangs", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
			[]conformance.ServerOption{conformance.WithCases("errors/SiteNotFound"), conformance.WithCaseTimeout(100 * time.Millisecond), conformance.WithName("sleeper")}, true,
			[]string{"error: error", "the server hangs"},
		},
		{"no case left", wrong, []conformance.ServerOption{conformance.WithCases("errors/SiteNot*"), conformance.WithoutCases("errors/**")}, true, []string{"fatal", "errors/SiteNot*"}},
		{"unknown pattern", wrong, []conformance.ServerOption{conformance.WithCases("nonesuch")}, true, []string{"fatal", "nonesuch"}},
		{"no file", wrong, []conformance.ServerOption{conformance.WithTargetsFile("nonesuch.yaml"), conformance.WithTargetsFile("neither.yaml")}, true, []string{"fatal", "nonesuch.yaml"}},
		{"broken file", wrong, []conformance.ServerOption{conformance.WithTargetsFile(write(t, "sites: 1"))}, true, []string{"fatal", "targets.yaml"}},
		{"no server", 1, nil, true, []string{"fatal", "type int"}},
		{"unreachable", "http://127.0.0.1:1", nil, true, []string{"fatal", "http://127.0.0.1:1 cannot be reached"}},
		{"no writes", ourServer(t).URL(), []conformance.ServerOption{conformance.WithCases("example/documented")}, true, []string{"skip", "writes are not allowed"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			recorded := newTester()
			conformance.Server(recorded, tc.server, append([]conformance.ServerOption{conformance.WithTargetsFile(targetsFile)}, tc.options...)...)
			if recorded.failed != tc.failed {
				t.Errorf("failed: %v\n%s", recorded.failed, recorded.output())
			}
			for _, want := range tc.want {
				if !strings.Contains(recorded.output(), want) {
					t.Errorf("output lacks %q:\n%s", want, recorded.output())
				}
			}
		})
	}
}

// knownFailure writes a file of known failures with one entry, and returns its path.
func knownFailure(t *testing.T, id, check string) string {
	t.Helper()
	return write(t, "- {case: "+id+", check: '"+check+"', subject: '*', reason: all responses are equal}\n")
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "targets.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const customCases = `
- id: custom/unknown-action
  why: Another operation does not exist.
  evidence: gateway
  level: must
  server:
    steps: [{request: {action: Nonesuch}, responses: [{status: 404}]}]
- id: custom/client
  why: The client returns the response.
  evidence: gateway
  level: must
  violates: SiteNotFound
  client:
    call: {parameters: [SiteId: "1"]}
    script: [{row: SiteNotFound}]
    outcomes: [{row: SiteNotFound}]
`

// Custom cases replace those of the suite; client cases are skipped.
func TestCustomServerCases(t *testing.T) {
	t.Parallel()
	custom := fstest.MapFS{"cases.yaml": {Data: []byte(customCases)}}
	recorded := newTester()
	conformance.Server(recorded, ourServer(t).Handler(), conformance.WithTargetsFile(targetsFile), conformance.WithCustomCases(custom))
	if recorded.failed || len(recorded.children) != 1 || recorded.children[0].name != "custom/unknown-action" {
		t.Errorf("got %d subtests, want 1\n%s", len(recorded.children), recorded.output())
	}
}

// WithTLS makes a server with a self-signed certificate trusted.
func TestServerTLS(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(ourServer(t).Handler())
	t.Cleanup(secure.Close)
	transport, ok := secure.Client().Transport.(*http.Transport)
	if !ok {
		t.Fatal("the transport of the test server's client is not an *http.Transport")
	}
	conformance.Server(t, secure.URL, conformance.WithTargetsFile(targetsFile), conformance.WithCases("errors/SiteNotFound"),
		conformance.WithTLS(transport.TLSClientConfig))
}

// If go test -run selects some subtests, known failures of the others are not
// reported.
func TestServerWithSomeSubtests(t *testing.T) {
	t.Parallel()
	some := &firstSubtestOnly{tester: newTester()}
	conformance.Server(some, ourServer(t).Handler(), conformance.WithTargetsFile(targetsFile), conformance.WithCases("errors/**"),
		conformance.WithKnownFailuresFile(knownFailure(t, "errors/QuotaExceeded", "status")))
	if some.failed {
		t.Error(some.output())
	}
}

// firstSubtestOnly runs the first subtest only.
type firstSubtestOnly struct {
	*tester
	ran bool
}

func (o *firstSubtestOnly) Run(name string, f func(*firstSubtestOnly)) bool {
	if o.ran {
		return true
	}
	o.ran = true
	child := &firstSubtestOnly{tester: &tester{name: name, lines: o.lines}}
	f(child)
	o.failed = o.failed || child.failed
	return !child.failed
}

func ExampleServer() {
	// In a test: the *testing.T.
	t := newTester()
	srv := servertest.New(&exampleTB{})
	targets := fmt.Sprintf(`
keys: {account: {access_key_id: %s, access_key_secret: %s}}
sites: {active: {id: %d, name: example.com}}
`, servertest.AccessKeyID, servertest.AccessKeySecret, servertest.SiteID)
	conformance.Server(t, srv.Handler(), conformance.WithTargets([]byte(targets)), conformance.WithCases("errors/SiteNotFound", "example/**"))
	for _, child := range t.children {
		fmt.Println(child.name, "failed:", child.failed)
	}
	// Output:
	// example/documented failed: false
	// errors/SiteNotFound failed: false
}

// exampleTB replaces the *testing.T of a test.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                  {}
func (exampleTB) Name() string             { return "Example" }
func (exampleTB) Context() context.Context { return context.Background() }
func (exampleTB) Cleanup(func())           {}
