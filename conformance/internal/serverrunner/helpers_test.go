package serverrunner_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/fstest"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/server/servertest"
)

// localTarget returns an esacertd with the sites and keys that all cases need.
func localTarget(t *testing.T) serverrunner.Target {
	t.Helper()
	srv := newServer(t)
	return serverrunner.Target{Name: "esacertd", URL: srv.URL(), Targets: targets(t), Journal: serverrunner.HTTPJournal(journalOf(t, srv), nil)}
}

func newServer(t *testing.T) *servertest.Server {
	t.Helper()
	states, err := os.ReadFile("testdata/states.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return servertest.New(t, servertest.WithConfig(string(states)))
}

// newServer starts a server with the configuration in testdata/states.yaml.
// journalOf returns the journal URL of a server.
func journalOf(t *testing.T, srv *servertest.Server) string {
	t.Helper()
	return srv.AdminURL() + "/journal"
}

func targets(t *testing.T) *suite.Targets {
	t.Helper()
	data, err := os.ReadFile("testdata/targets.yaml")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := suite.ParseTargets("targets.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// parse reads cases from YAML.
func parse(t *testing.T, yaml string) []suite.Case {
	t.Helper()
	list, err := suite.Load(fstest.MapFS{"test.yaml": {Data: []byte(yaml)}})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// run runs cases, including those that write, and stops the test on an error.
func run(t *testing.T, target serverrunner.Target, list []suite.Case, options serverrunner.Options) suite.Run {
	t.Helper()
	options.AllowWrites = true
	result, err := serverrunner.Run(t.Context(), target, list, options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// report fails the test with the failed checks and the exchanges of a result.
func report(t *testing.T, r *suite.Result) {
	t.Helper()
	t.Errorf("%s: %s %s", r.Case, r.Verdict, r.Reason)
	for _, c := range r.Checks {
		if c.Verdict != suite.Passed {
			t.Errorf("  %s: %s, want %s, got %s %s", c.Name, c.Verdict, c.Want, c.Got, c.Reason)
		}
	}
	for _, x := range r.Exchanges {
		t.Logf("%s\n\n%s\n%s\n%s", x.Request, x.Response, x.Error, x.Difference)
	}
}

// failures returns the names of the checks that did not pass.
func failures(r *suite.Result) []string {
	var names []string
	for _, c := range r.Checks {
		if c.Verdict != suite.Passed {
			names = append(names, c.Name)
		}
	}
	return names
}

// tamper returns a handler that changes the responses of another.
func tamper(next http.Handler, change func(*httptest.ResponseRecorder)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		change(recorder)
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes()) // fails if the suite has closed the connection
	})
}

// ruleFunc returns a Journal that reads the journal of a server in this process.
func ruleFunc(srv *servertest.Server) serverrunner.Journal {
	return serverrunner.JournalFunc(func(_ context.Context, requestID string) (string, error) {
		for _, e := range srv.Journal() {
			if e.RequestID == requestID {
				return e.Rule, nil
			}
		}
		return "", serverrunner.ErrNoEntry
	})
}
