package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/esacert/esacert/conformance/internal/report"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/server/servertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"esaconform": main, "fake-adapter": fakeAdapter})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	endpoint, adminURL := ours(t)
	_, otherAdminURL := ours(t)
	mock := secretPrinter(t)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			env.Setenv("ENDPOINT", endpoint)
			env.Setenv("HOST", strings.TrimPrefix(endpoint, "http://"))
			env.Setenv("ADMIN", adminURL)
			env.Setenv("ADMINHOST", strings.TrimPrefix(adminURL, "http://"))
			env.Setenv("OTHERADMIN", otherAdminURL)
			env.Setenv("SECRETPRINTER", mock)
			env.Setenv("CLOSED", "http://127.0.0.1:1") // no server listens there
			return nil
		},
	})
}

// exits runs a program and checks its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// ours starts an esacertd with the built-in example configuration.
func ours(t *testing.T) (endpoint, adminURL string) {
	t.Helper()
	srv := servertest.New(t)
	return srv.URL(), srv.AdminURL()
}

// secretPrinter starts a server that accepts every request and returns the secret in its
// response.
func secretPrinter(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		_, _ = io.WriteString(w, `{"RequestId":"15C66C7B-671A-4297-9187-2C4477247A74","SiteName":"testsecret","TotalCount":0,"Result":[]}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// The report of a stopped run has the results so far and says that it is incomplete.
func TestStoppedRun(t *testing.T) {
	t.Parallel()
	endpoint, _ := ours(t)
	dir := t.TempDir()
	targets, result := filepath.Join(dir, "targets.yaml"), filepath.Join(dir, "report.json")
	err := os.WriteFile(targets, []byte("keys:\n  account: {access_key_id: testid, access_key_secret: testsecret}\nsites:\n  active: {id: 1234567890123, name: example.com}\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &trigger{pull: stop} // stops the run when a case passes
	var stderr bytes.Buffer
	code := run(ctx, []string{"server", "-v", "--endpoint", endpoint, "--targets", targets, "--report", "json=" + result}, streams{out: out, err: &stderr})
	if code != suite.ExitErrored {
		t.Errorf("exit code %d, want %d; %s", code, suite.ExitErrored, stderr.String())
	}
	file, err := os.Open(result)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	read, err := report.ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	counts := read.Counts()
	last := read.Results[len(read.Results)-1]
	if counts[suite.Passed] == 0 || counts[suite.NotRun] == 0 || last.Case != "run/complete" || last.Verdict != suite.Errored {
		t.Errorf("got %v, and last result %+v", counts, last)
	}
	if !strings.Contains(out.output.String(), "run/complete") {
		t.Error("the progress does not contain run/complete")
	}
}

// trigger is a writer that calls pull when a case has passed.
type trigger struct {
	output bytes.Buffer
	pull   func()
}

func (w *trigger) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("ok ")) {
		w.pull()
	}
	return w.output.Write(p)
}

// A report that cannot be written is an error, whatever the result of the run.
func TestOutputThatFails(t *testing.T) {
	t.Parallel()
	endpoint, _ := ours(t)
	args := []string{"server", "--endpoint", endpoint, "--access-key-id", "testid", "--access-key-secret", "testsecret", "--run", "signatures/**"}
	for _, more := range [][]string{nil, {"--report", "json=-"}} {
		var stderr bytes.Buffer
		code := run(t.Context(), append(args, more...), streams{out: full{}, err: &stderr})
		if code != suite.ExitErrored || !strings.Contains(stderr.String(), errFull.Error()) {
			t.Errorf("%q: exit code %d, %s", more, code, stderr.String())
		}
	}
	for _, command := range []string{"list", "template", "version"} {
		var stderr bytes.Buffer
		if code := run(t.Context(), []string{command}, streams{out: full{}, err: &stderr}); code != suite.ExitErrored {
			t.Errorf("%s: exit code %d, %s", command, code, stderr.String())
		}
	}
}

var errFull = errors.New("no space left")

// full is a writer that fails as on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
