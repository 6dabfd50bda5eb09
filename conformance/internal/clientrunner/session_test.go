package clientrunner

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// A result that arrives after the limit does not lift it, because cases were skipped already.
func TestFailureLimitIsPermanent(t *testing.T) {
	t.Parallel()
	var limit failureLimit
	failure := errors.New("it crashed")
	for _, err := range []error{failure, failure, nil, failure, failure} {
		limit.record(err)
	}
	if err := limit.exceeded(); err != nil {
		t.Errorf("exceeded after two in a row: %v", err)
	}
	limit.record(failure)
	limit.record(nil)
	if err := limit.exceeded(); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

// An alternative of the same kind with wrong fields is nearer than one of another kind, in
// any order.
func TestClosestAlternativeIsReported(t *testing.T) {
	t.Parallel()
	refusal := suite.ExpectedOutcome{Row: "SiteNotFound"}
	response := suite.ExpectedOutcome{OK: true, Fields: map[string]string{"A": "1", "B": "2", "C": "3"}}
	result := adapters.Result{OK: true, Response: &adapters.Response{Body: map[string]any{"A": "0", "B": "0"}}}
	for _, alternatives := range [][]suite.ExpectedOutcome{{refusal, response}, {response, refusal}} {
		var wrong []string
		for _, check := range JudgeOutcome(alternatives, result, "") {
			if check.Verdict == suite.Failed {
				wrong = append(wrong, check.Name)
				if !strings.HasSuffix(check.Reason, "compared with the nearest of 2 allowed outcomes") {
					t.Errorf("reason %q", check.Reason)
				}
			}
		}
		if got := strings.Join(wrong, ","); got != "field A,field B,field C" {
			t.Errorf("got %s", got)
		}
	}
}

// connect starts a server with one reply, and sends it a request.
func connect(t *testing.T, reply suite.Reply) net.Conn {
	t.Helper()
	c := suite.Case{ID: "case", Client: &suite.ClientCase{Script: []suite.Reply{reply}}}
	server, err := startServer(t.Context(), c, &suite.Contract{Operation: testScript(t).contract}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.stop() })
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.endpoint(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestResetSendsRST(t *testing.T) {
	t.Parallel()
	if _, err := io.ReadAll(connect(t, suite.Reply{Reset: true})); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

func TestCutSendsFIN(t *testing.T) {
	t.Parallel()
	raw, err := io.ReadAll(connect(t, suite.Reply{Status: 200, Body: "0123456789", Cut: 4}))
	if err != nil || !strings.HasSuffix(string(raw), "\r\n\r\n0123") || !strings.Contains(string(raw), "Content-Length: 10\r\n") {
		t.Errorf("got %q, %v", raw, err)
	}
}
