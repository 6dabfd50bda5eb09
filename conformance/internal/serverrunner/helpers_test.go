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

// localTarget is our own server with one site and one key for each thing that cases
// need.
func localTarget(t *testing.T) serverrunner.Target {
	t.Helper()
	srv := newServer(t)
	return serverrunner.Target{Name: "ours", URL: srv.URL(), Targets: targets(t), Journal: serverrunner.HTTPJournal(journalOf(t, srv), nil)}
}

func newServer(t *testing.T) *servertest.Server {
	t.Helper()
	states, err := os.ReadFile("testdata/states.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return servertest.New(t, servertest.WithConfig(string(states)))
}

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

// run runs cases with writes, and fails the test if they could not be run.
func run(t *testing.T, target serverrunner.Target, list []suite.Case, options serverrunner.Options) suite.Run {
	t.Helper()
	options.AllowWrites = true
	result, err := serverrunner.Run(t.Context(), target, list, options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// report prints what a result holds against a server.
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

// failures are the names of the checks that do not hold.
func failures(r *suite.Result) []string {
	var names []string
	for _, c := range r.Checks {
		if c.Verdict != suite.Passed {
			names = append(names, c.Name)
		}
	}
	return names
}

// tamper changes what a handler answers.
func tamper(next http.Handler, change func(*httptest.ResponseRecorder)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		change(recorder)
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		// The suite reads it, or has gone; neither is for this handler to judge.
		_, _ = w.Write(recorder.Body.Bytes())
	})
}

// ruleFunc is a journal in the same process.
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
