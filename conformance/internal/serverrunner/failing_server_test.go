package serverrunner_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// listen starts a server that passes each connection to serve, and returns its URL.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// readHeader reads until the end of the header of a request.
func readHeader(conn net.Conn) {
	var read []byte
	buffer := make([]byte, 4096)
	for !strings.Contains(string(read), "\r\n\r\n") {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		read = append(read, buffer[:n]...)
	}
}

func TestFailingServers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		serve  func(net.Conn)
		want   suite.Verdict
		reason string
	}{
		{"hangs", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, suite.Errored, "hangs"},
		{"hangs during the response", func(conn net.Conn) {
			readHeader(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")
			_, _ = io.Copy(io.Discard, conn)
		}, suite.Errored, "hangs"},
		{"closes the connection", func(conn net.Conn) { readHeader(conn) }, suite.Errored, "no response"},
		{"resets the connection", func(conn net.Conn) {
			readHeader(conn)
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
		}, suite.Errored, "no response"},
		{"does not speak HTTP", func(conn net.Conn) {
			readHeader(conn)
			_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n")
		}, suite.Failed, ""},
		{"stops during the response", func(conn net.Conn) {
			readHeader(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")
		}, suite.Failed, ""},
		{"sends an endless response", func(conn net.Conn) {
			readHeader(conn)
			_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			for err == nil {
				_, err = io.WriteString(conn, strings.Repeat("a", 1<<16))
			}
		}, suite.Failed, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			target := serverrunner.Target{URL: listen(t, tc.serve), Targets: targets(t)}
			list := append(only(t, "feature/unsigned"), only(t, "feature/concurrent")...)
			options := serverrunner.Options{Timeout: time.Minute}
			if tc.reason == "hangs" {
				options.Timeout = 300 * time.Millisecond
			}
			result := run(t, target, list, options)
			for i := range result.Results {
				r := &result.Results[i]
				if r.Verdict != tc.want || !strings.Contains(r.Checks[len(r.Checks)-1].Reason+r.Checks[0].Reason, tc.reason) {
					report(t, r)
					t.Errorf("got verdict %s, want %s with reason %q", r.Verdict, tc.want, tc.reason)
				}
				if len(r.Exchanges) == 0 || r.Exchanges[0].Error == "" {
					t.Error("the exchange has no error")
				}
			}
		})
	}
}

// Informational responses are skipped.
func TestInformationalResponses(t *testing.T) {
	t.Parallel()
	url := listen(t, func(conn net.Conn) {
		readHeader(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
	})
	list := []suite.Case{{ID: "status", Server: &suite.ServerCase{Steps: []suite.Step{{
		Request: suite.Request{Scheme: "none"}, Responses: []suite.ExpectedResponse{{Status: 400}},
	}}}}}
	result := run(t, serverrunner.Target{URL: url}, list, serverrunner.Options{})
	if r := result.Results[0]; r.Verdict != suite.Passed || len(r.Checks) != 1 {
		report(t, &r)
	}
}

// The next case runs after one that hangs.
func TestOtherCasesContinue(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	list := append(only(t, "feature/acs3"), only(t, "feature/get")...)
	var result suite.Run
	// On a slow machine, the second case may need more than the first timeout.
	for _, timeout := range []time.Duration{time.Second, 20 * time.Second} {
		var calls atomic.Int32
		first := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1) == 1 {
				<-r.Context().Done()
				return
			}
			srv.Handler().ServeHTTP(w, r)
		})
		result = run(t, serverrunner.Target{Handler: first, Targets: targets(t)}, list, serverrunner.Options{Timeout: timeout})
		if result.Results[1].Verdict == suite.Passed {
			break
		}
	}
	if result.Results[0].Verdict != suite.Errored || result.Results[1].Verdict != suite.Passed {
		t.Errorf("got verdicts %s and %s, want error and passed", result.Results[0].Verdict, result.Results[1].Verdict)
	}
	if result.ExitCode() != suite.ExitErrored {
		t.Errorf("got exit code %d, want %d", result.ExitCode(), suite.ExitErrored)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	// A name with an empty label is invalid, so no resolver is queried.
	for _, url := range []string{"http://127.0.0.1:1", "http://nowhere..invalid", strings.Replace(plain.URL, "http:", "https:", 1)} {
		result, err := serverrunner.Run(t.Context(), serverrunner.Target{URL: url}, features(t), serverrunner.Options{})
		unreachable, ok := errors.AsType[*serverrunner.UnreachableError](err)
		if !ok || unreachable.Endpoint != url || !strings.Contains(err.Error(), url) || errors.Unwrap(err) == nil {
			t.Errorf("%s: got error %v", url, err)
		}
		if len(result.Results) != 0 {
			t.Errorf("%s: got %d results, want none", url, len(result.Results))
		}
	}
}

// If the server stops during a run, the remaining cases end in an error.
func TestServerStopsDuringRun(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	listener := httptest.NewUnstartedServer(srv.Handler())
	// No other test listens on this address, so that no other server gets the port.
	if separate, err := net.Listen("tcp", "127.0.0.2:0"); err == nil { // available on Linux
		_ = listener.Listener.Close()
		listener.Listener = separate
	}
	listener.Start()
	t.Cleanup(listener.Close)
	list := append(append(only(t, "feature/acs3"), only(t, "feature/get")...), only(t, "feature/concurrent")...)
	result, err := serverrunner.Run(t.Context(), serverrunner.Target{URL: listener.URL, Targets: targets(t)}, list, serverrunner.Options{
		AllowWrites: true, Progress: func(suite.Result) { listener.Close() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if first := result.Results[0]; first.Verdict != suite.Passed {
		report(t, &first)
	}
	for _, r := range result.Results[1:] {
		if r.Verdict != suite.Errored || len(r.Exchanges) == 0 || !strings.Contains(r.Exchanges[0].Error, "connect to") {
			report(t, &r)
		}
	}
}

func TestInvalidTargets(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]serverrunner.Target{
		"nothing":             {},
		"both":                {URL: "http://127.0.0.1", Handler: http.NotFoundHandler()},
		"no scheme, a path":   {URL: "127.0.0.1:80/api"},
		"another scheme":      {URL: "ftp://127.0.0.1"},
		"no host":             {URL: "http://:80"},
		"a path":              {URL: "http://127.0.0.1/api"},
		"a query":             {URL: "http://127.0.0.1?a=b"},
		"a user":              {URL: "http://user:hunter2@127.0.0.1"},
		"not a URL":           {URL: "http://user:hunter2@[::1"},
		"endpoint of targets": {Targets: &suite.Targets{Endpoint: "http://127.0.0.1/api"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serverrunner.Run(t.Context(), target, nil, serverrunner.Options{})
			if !errors.Is(err, serverrunner.ErrTarget) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got error %v, want ErrTarget without the password", err)
			}
		})
	}
}

// If the run is stopped, the results so far are kept, and the remaining cases are not
// run.
func TestStopped(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	list := append(only(t, "feature/acs3"), features(t)...)
	list[len(list)-1].ID = "last"
	done := 0
	result, err := serverrunner.Run(ctx, serverrunner.Target{Handler: srv.Handler(), Targets: targets(t)}, list, serverrunner.Options{
		AllowWrites: true,
		Progress: func(suite.Result) {
			if done++; done == 1 {
				stop()
			}
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	if len(result.Results) != len(list) || result.Results[0].Verdict != suite.Passed {
		t.Fatalf("got %d results, want %d; the first verdict is %s", len(result.Results), len(list), result.Results[0].Verdict)
	}
	if last := result.Results[len(list)-1]; last.Verdict != suite.NotRun || !strings.Contains(last.Reason, "stopped") || last.Case != "last" {
		t.Errorf("got last result %+v", last)
	}
	if done != len(list) {
		t.Errorf("progress was called %d times, want %d", done, len(list))
	}
}

// A case that lacks a target, or writes without permission, is not sent. Its reason
// names what is missing.
func TestNotRun(t *testing.T) {
	t.Parallel()
	untouched := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	few := &suite.Targets{Keys: map[string]suite.Key{"account": {ID: "id", Secret: "secret"}}}
	list := append(only(t, "feature/sts"), only(t, "feature/acs3")...)
	list = append(list, suite.Case{ID: "writes", Server: &suite.ServerCase{
		Needs: []string{"sites.active"}, Writes: true, Steps: []suite.Step{{Responses: []suite.ExpectedResponse{{Status: 200}}}},
	}}, suite.Case{ID: "client"})
	for _, tc := range []struct {
		name    string
		targets *suite.Targets
		options serverrunner.Options
		want    []string
	}{
		{"no targets", nil, serverrunner.Options{AllowWrites: true}, []string{"keys.sts, sites.active", "keys.account, sites.active"}},
		{"some targets", few, serverrunner.Options{AllowWrites: true}, []string{"keys.sts, sites.active", "sites.active"}},
		{"no writes", targets(t), serverrunner.Options{}, []string{"--allow-writes", "--allow-writes", "--allow-writes"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result, err := serverrunner.Run(t.Context(), serverrunner.Target{Handler: untouched, Targets: tc.targets}, list, tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Results) != 3 {
				t.Fatalf("got %d results, want 3 of server cases", len(result.Results))
			}
			for i, want := range tc.want {
				if r := result.Results[i]; r.Verdict != suite.NotRun || !strings.Contains(r.Reason, want) {
					t.Errorf("%s: got %s %q, want not-run with %q", r.Case, r.Verdict, r.Reason, want)
				}
			}
			if result.ExitCode() != suite.ExitNothingRan {
				t.Errorf("got exit code %d, want %d", result.ExitCode(), suite.ExitNothingRan)
			}
		})
	}
}

// A case is not run if net/http responds instead of the handler.
func TestHandlerNotReached(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	list := append(only(t, "feature/raw"), only(t, "feature/acs3")...)
	result := run(t, serverrunner.Target{Name: "mine", Handler: srv.Handler(), Targets: targets(t)}, list, serverrunner.Options{})
	if r := result.Results[0]; r.Verdict != suite.NotRun || !strings.Contains(r.Reason, "test a server by URL") || len(r.Checks) != 0 {
		t.Errorf("got %+v", r)
	}
	if r := result.Results[1]; r.Verdict != suite.Passed || r.Subject != "mine" || result.Subjects[0] != "mine" {
		t.Errorf("got %+v", r)
	}
}

// An invalid case ends in an error that says so.
func TestInvalidCases(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	step := func(request suite.Request, responses ...suite.ExpectedResponse) []suite.Case {
		return []suite.Case{{ID: "wrong", Server: &suite.ServerCase{Steps: []suite.Step{{Request: request, Responses: responses}}}}}
	}
	ok := suite.ExpectedResponse{Status: 400}
	replace := func(name, value string) suite.Request {
		return suite.Request{Tamper: []suite.Tamper{{Replace: &suite.Parameter{Name: name, Value: value}}}}
	}
	for name, list := range map[string][]suite.Case{
		"no step before":            step(suite.Request{Replay: true}, ok),
		"unknown scheme":            step(suite.Request{Scheme: "digest"}, ok),
		"unknown key":               step(suite.Request{Key: "nonesuch"}, ok),
		"unknown placeholder":       step(suite.Request{RawQuery: "${nonesuch}"}, ok),
		"placeholder of a response": step(suite.Request{}, suite.ExpectedResponse{MessageContains: []string{"${nonesuch}"}}),
		"pattern of a response":     step(suite.Request{}, suite.ExpectedResponse{Headers: map[string]string{"A": "("}}),
		"row of a response":         step(suite.Request{}, suite.ExpectedResponse{Row: "nonesuch"}),
		"header to drop":            step(suite.Request{Tamper: []suite.Tamper{{DropHeader: "nonesuch"}}}, ok),
		"string to replace":         step(replace("query", "nonesuch -> x"), ok),
		"replacement":               step(replace("query", "nonesuch"), ok),
		"location of a replacement": step(replace("method", "POST -> GET"), ok),
		"empty change":              step(suite.Request{Tamper: []suite.Tamper{{}}}, ok),
		"edit that changes nothing": step(suite.Request{Sign: []suite.Parameter{{Name: "signature", Value: "z -> y"}}}, ok),
		"edit":                      step(suite.Request{Scheme: "rpc", Sign: []suite.Parameter{{Name: "signature", Value: "( -> y"}}}, ok),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := run(t, serverrunner.Target{Handler: srv.Handler(), Targets: targets(t)}, list, serverrunner.Options{})
			if r := result.Results[0]; r.Verdict != suite.Errored || !strings.Contains(r.Reason, "invalid case") {
				t.Errorf("got %s: %q, want an error about an invalid case", r.Verdict, r.Reason)
			}
		})
	}
}

// If a request is meant to be valid but does not conform to the contract, the case is
// invalid.
func TestInvalidRequestIsCaseError(t *testing.T) {
	t.Parallel()
	list := parse(t, `
- id: wrong/case
  why: The request has no Domains, and is expected to be accepted.
  evidence: inferred
  level: must
  server:
    writes: true
    steps:
      - request: {parameters: [SiteId: "${site.active.id}"]}
        responses: [{accepted: {site_name: "x", domains: [x]}}]
`)
	srv := newServer(t)
	result := run(t, serverrunner.Target{Handler: srv.Handler(), Targets: targets(t)}, list, serverrunner.Options{})
	r := result.Results[0]
	if r.Verdict != suite.Errored || !strings.Contains(fmt.Sprint(r.Checks), "the case is invalid: its request") {
		report(t, &r)
		t.Errorf("got checks %+v", r.Checks)
	}
}
