package serverrunner_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/server/servertest"
)

// Results contain the requests and responses, and the differences between signed
// strings, but no secret of the targets.
func TestResultDetails(t *testing.T) {
	t.Parallel()
	result := run(t, localTarget(t), features(t), serverrunner.Options{})
	secrets := targets(t).Secrets()
	if len(secrets) < 9 {
		t.Fatalf("the targets have %d secrets, want at least 9", len(secrets))
	}
	differences := 0
	for _, r := range result.Results {
		for _, x := range r.Exchanges {
			if !strings.Contains(x.Request, " HTTP/1.1\r\n") || !strings.HasPrefix(x.Response, "HTTP/1.1 ") || x.Duration <= 0 {
				t.Errorf("%s: got exchange %+v", r.Case, x)
			}
			if x.Difference != "" {
				differences++
			}
			for _, secret := range secrets {
				if strings.Contains(x.Request+x.Response+x.Error+x.Difference, secret) {
					t.Errorf("%s shows %s", r.Case, secret)
				}
			}
		}
		if strings.Contains(fmt.Sprint(r.Checks), secrets[0]) {
			t.Errorf("%s: a check shows a secret", r.Case)
		}
		if r.Duration <= 0 || r.Subject != "esacertd" || r.Side != suite.ServerSide || r.Why == "" {
			t.Errorf("got result %+v", r)
		}
	}
	if differences < 10 {
		t.Errorf("got %d exchanges with a difference, want at least 10", differences)
	}
	if result.Contract != "2024-09-10" || result.Started.IsZero() || result.ExitCode() != suite.ExitPassed {
		t.Errorf("got contract %s, start %s, exit code %d", result.Contract, result.Started, result.ExitCode())
	}
}

// The difference names the changed parameter.
func TestDifference(t *testing.T) {
	t.Parallel()
	list := parse(t, `
- id: signature/parameter
  why: A parameter is changed after signing.
  evidence: gateway
  level: must
  violates: SignatureDoesNotMatch.ACS3
  server:
    steps:
      - request: {parameters: [SiteId: "5"], tamper: [replace: {query: "SiteId=5 -> SiteId=6"}]}
        responses: [{row: SignatureDoesNotMatch.ACS3}]
`)
	result := run(t, localTarget(t), list, serverrunner.Options{})
	got := result.Results[0].Exchanges[0].Difference
	for _, want := range []string{"line 3", "parameter SiteId", `"SiteId=5"`, `"SiteId=6"`} {
		if !strings.Contains(got, want) {
			t.Errorf("got difference without %q:\n%s", want, got)
		}
	}
}

// The IDs of requests and applications must not repeat within a run.
func TestIDsAreUniqueAcrossRun(t *testing.T) {
	t.Parallel()
	for old, check := range map[string]string{
		`"RequestId":"00000000-0000-5000-8000-00000000000`: "request id",
		`"Id":"3000047`: "ids of the run",
	} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			same := tamper(srv.Handler(), func(r *httptest.ResponseRecorder) {
				header("x-acs-request-id", "")(r)
				body := r.Body.String()
				if at := strings.Index(body, old); at >= 0 {
					at += len(old)
					r.Body.Reset()
					r.Body.WriteString(body[:at] + "9" + body[at+1:])
				}
			})
			list := append(only(t, "feature/get"), only(t, "feature/rpc")...)
			result := run(t, serverrunner.Target{Handler: same, Targets: targets(t)}, list, serverrunner.Options{})
			if got := failures(&result.Results[0]); len(got) != 0 {
				t.Errorf("first response: got failures %q, want none", got)
			}
			if got := failures(&result.Results[1]); len(got) != 1 || got[0] != check {
				t.Errorf("second response: got failures %q, want %q", got, check)
			}
		})
	}
}

// Concurrent and sequential requests detect a server that accepts a nonce twice.
func TestReusedNonceIsDetected(t *testing.T) {
	t.Parallel()
	const accepted = `{"RequestId":"%08d-0000-5000-8000-000000000000","SiteName":"active.example","TotalCount":1,"Result":[{"Domain":"%s","Status":"Applying","Id":"%d"}]}`
	count := make(chan int, 1)
	count <- 0
	careless := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := <-count + 1
		count <- n
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, accepted, n, r.URL.Query().Get("Domains"), n)
	})
	list := append(only(t, "feature/concurrent"), only(t, "feature/replay")...)
	result := run(t, serverrunner.Target{Handler: careless, Targets: targets(t)}, list, serverrunner.Options{})
	if got := failures(&result.Results[0]); len(got) == 0 || got[0] != "once" {
		t.Errorf("concurrent requests: got failures %q, want once first", got)
	}
	if got := strings.Join(failures(&result.Results[1]), ","); got != "step 2: status,step 2: code,step 2: message" {
		t.Errorf("sequential requests: got failures %q", got)
	}
	if n := len(result.Results[0].Exchanges); n != 8 {
		t.Errorf("got %d exchanges, want 8", n)
	}
}

// A case ends after a step that failed.
func TestFailedStepEndsCase(t *testing.T) {
	t.Parallel()
	result := run(t, serverrunner.Target{Handler: http.NotFoundHandler(), Targets: targets(t)}, only(t, "feature/replay"), serverrunner.Options{})
	r := result.Results[0]
	if r.Verdict != suite.Failed || len(r.Exchanges) != 1 || !strings.Contains(r.Reason, "step 2 was not sent") {
		t.Errorf("got %s with %d exchanges and reason %q", r.Verdict, len(r.Exchanges), r.Reason)
	}
}

func TestHTTPJournal(t *testing.T) {
	t.Parallel()
	calls := 0
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		rule    string
		noEntry bool
	}{
		{"immediately", func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `[{"request_id":"other","rule":"A"},{"request_id":%q,"rule":"B"}]`, r.URL.Query().Get("request_id"))
		}, "B", false},
		{"on the third request", func(w http.ResponseWriter, _ *http.Request) {
			if calls++; calls < 3 {
				_, _ = w.Write([]byte(`[]`))
				return
			}
			_, _ = w.Write([]byte(`[{"request_id":"R 1","rule":"C"}]`))
		}, "C", false},
		{"never", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`[]`)) }, "", true},
		{"no journal", http.NotFound, "", false},
		{"not JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) }, "", false},
		{"truncated", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`[`))
		}, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			listener := httptest.NewServer(tc.handler)
			t.Cleanup(listener.Close)
			rule, err := serverrunner.HTTPJournal(listener.URL, listener.Client()).Rule(t.Context(), "R 1")
			if rule != tc.rule || (err == nil) != (tc.rule != "") || errors.Is(err, serverrunner.ErrNoEntry) != tc.noEntry {
				t.Errorf("got rule %q and error %v", rule, err)
			}
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := serverrunner.HTTPJournal("http://127.0.0.1:1", nil).Rule(ctx, "R"); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if _, err := serverrunner.HTTPJournal("://", nil).Rule(t.Context(), "R"); err == nil {
		t.Error("an invalid URL was accepted")
	}
}

// TestJournalErrorsRedactPassword uses a journal URL with a password whose server
// does not respond with a journal.
func TestJournalErrorsRedactPassword(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"not found": http.NotFound,
		"not JSON":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<html>`)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener := httptest.NewServer(handler)
			t.Cleanup(listener.Close)
			journal := strings.Replace(listener.URL, "http://", "http://user:hunter2@", 1)
			_, err := serverrunner.HTTPJournal(journal, listener.Client()).Rule(t.Context(), "R 1")
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got error %v, want one without the password", err)
			}
		})
	}
}

// The targets can set the endpoint and the journal.
func TestTargetsSetEndpointAndJournal(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	where := targets(t)
	where.Endpoint, where.Journal = srv.URL(), journalOf(t, srv)
	result := run(t, serverrunner.Target{Targets: where}, only(t, "feature/clock-offset"), serverrunner.Options{})
	r := result.Results[0]
	if r.Verdict != suite.Passed || r.Checks[len(r.Checks)-1].Name != "rule" {
		report(t, &r)
	}
}

func ExampleRun() {
	t := &exampleTB{}
	srv := servertest.New(t)
	target := serverrunner.Target{
		Name: "my server", Handler: srv.Handler(),
		Targets: &suite.Targets{Keys: map[string]suite.Key{"account": {ID: servertest.AccessKeyID, Secret: servertest.AccessKeySecret}}},
	}
	stale := suite.Case{
		ID: "clock/stale", Why: "A request signed a day ago is rejected.", Evidence: suite.Documented, Level: suite.Must,
		Violates: "Unauthorized.InvalidTime",
		Server: &suite.ServerCase{Needs: []string{"keys.account"}, Steps: []suite.Step{{
			Request:   suite.Request{ClockOffset: suite.Duration(-24 * 60 * 60 * 1e9)},
			Responses: []suite.ExpectedResponse{{Row: "Unauthorized.InvalidTime"}},
		}}},
	}
	run, err := serverrunner.Run(context.Background(), target, []suite.Case{stale}, serverrunner.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range run.Results {
		fmt.Println(r.Case, r.Verdict)
		for _, c := range r.Checks {
			fmt.Println("  ", c.Name, c.Verdict)
		}
	}
	// Output:
	// clock/stale passed
	//    status passed
	//    code passed
	//    message passed
	//    request id passed
	//    contract passed
}

// exampleTB is a testing.TB for the example.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                  {}
func (exampleTB) Name() string             { return "Example" }
func (exampleTB) Context() context.Context { return context.Background() }
func (exampleTB) Cleanup(func())           {}

func BenchmarkRun(b *testing.B) {
	srv := servertest.New(b)
	target := serverrunner.Target{
		Handler: srv.Handler(),
		Targets: &suite.Targets{Keys: map[string]suite.Key{"account": {ID: servertest.AccessKeyID, Secret: servertest.AccessKeySecret}}},
	}
	session, err := serverrunner.Open(b.Context(), target, serverrunner.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer session.Close()
	stale := suite.Case{ID: "clock/stale", Server: &suite.ServerCase{Steps: []suite.Step{{
		Request:   suite.Request{ClockOffset: suite.Duration(-24 * 60 * 60 * 1e9)},
		Responses: []suite.ExpectedResponse{{Row: "Unauthorized.InvalidTime"}},
	}}}}
	b.ReportAllocs()
	for b.Loop() {
		if r := session.Run(b.Context(), stale); r.Verdict != suite.Passed {
			b.Fatal(r.Verdict, r.Reason)
		}
	}
}
