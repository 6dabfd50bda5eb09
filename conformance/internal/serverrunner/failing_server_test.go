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

// listen answers every connection with one function.
func listen(t *testing.T, answer func(net.Conn)) string {
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
				answer(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// readHeader reads a request without a body.
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
		answer func(net.Conn)
		want   suite.Verdict
		reason string
	}{
		{"hangs", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, suite.Errored, "hangs"},
		{"hangs in the middle", func(conn net.Conn) {
			readHeader(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")
			_, _ = io.Copy(io.Discard, conn)
		}, suite.Errored, "hangs"},
		{"drops the connection", func(conn net.Conn) { readHeader(conn) }, suite.Errored, "nothing to judge"},
		{"resets the connection", func(conn net.Conn) {
			readHeader(conn)
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
		}, suite.Errored, "nothing to judge"},
		{"says what is no HTTP", func(conn net.Conn) {
			readHeader(conn)
			_, _ = io.WriteString(conn, "220 mail.example ESMTP\r\n")
		}, suite.Failed, ""},
		{"stops in the middle", func(conn net.Conn) {
			readHeader(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")
		}, suite.Failed, ""},
		{"sends without end", func(conn net.Conn) {
			readHeader(conn)
			_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			for err == nil {
				_, err = io.WriteString(conn, strings.Repeat("a", 1<<16))
			}
		}, suite.Failed, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			target := serverrunner.Target{URL: listen(t, tc.answer), Targets: targets(t)}
			list := append(only(t, "feature/none"), only(t, "feature/concurrent")...)
			options := serverrunner.Options{Timeout: time.Minute}
			if tc.reason == "hangs" {
				options.Timeout = 300 * time.Millisecond
			}
			result := run(t, target, list, options)
			for i := range result.Results {
				r := &result.Results[i]
				if r.Verdict != tc.want || !strings.Contains(r.Checks[len(r.Checks)-1].Reason+r.Checks[0].Reason, tc.reason) {
					report(t, r)
					t.Errorf("verdict %s, want %s because of %q", r.Verdict, tc.want, tc.reason)
				}
				if len(r.Exchanges) == 0 || r.Exchanges[0].Error == "" {
					t.Error("the exchange does not say what went wrong")
				}
			}
		})
	}
}

// An answer that only informs is not the answer.
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

// A case that hangs does not keep the next one from running.
func TestOtherCasesContinue(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	list := append(only(t, "feature/acs3"), only(t, "feature/get")...)
	var result suite.Run
	// A machine that stalls may need more than the first time for the second case.
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
		t.Errorf("verdicts %s and %s", result.Results[0].Verdict, result.Results[1].Verdict)
	}
	if result.ExitCode() != suite.ExitErrored {
		t.Errorf("exit code %d", result.ExitCode())
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	// No resolver is asked for a name with two dots in a row.
	for _, url := range []string{"http://127.0.0.1:1", "http://nowhere..invalid", strings.Replace(plain.URL, "http:", "https:", 1)} {
		result, err := serverrunner.Run(t.Context(), serverrunner.Target{URL: url}, features(t), serverrunner.Options{})
		unreachable, ok := errors.AsType[*serverrunner.UnreachableError](err)
		if !ok || unreachable.Endpoint != url || !strings.Contains(err.Error(), url) || errors.Unwrap(err) == nil {
			t.Errorf("%s: %v", url, err)
		}
		if len(result.Results) != 0 {
			t.Errorf("%s: %d cases have results", url, len(result.Results))
		}
	}
}

// A server that goes away in the middle of a run breaks the cases that are left.
func TestServerStopsDuringRun(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	listener := httptest.NewUnstartedServer(srv.Handler())
	// Of an address that nothing else here listens on, no port is given again.
	if own, err := net.Listen("tcp", "127.0.0.2:0"); err == nil { // Linux has it
		_ = listener.Listener.Close()
		listener.Listener = own
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
				t.Errorf("%v", err)
			}
		})
	}
}

// What was over when the run was stopped is kept, and the rest says so.
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
		t.Errorf("error %v", err)
	}
	if len(result.Results) != len(list) || result.Results[0].Verdict != suite.Passed {
		t.Fatalf("%d results, the first %s", len(result.Results), result.Results[0].Verdict)
	}
	if last := result.Results[len(list)-1]; last.Verdict != suite.NotRun || !strings.Contains(last.Reason, "stopped") || last.Case != "last" {
		t.Errorf("the last is %+v", last)
	}
	if done != len(list) {
		t.Errorf("progress was told %d times of %d", done, len(list))
	}
}

// What cannot be tested is told with what it would need, and never sent.
func TestNotRun(t *testing.T) {
	t.Parallel()
	untouched := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
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
		{"no targets", nil, serverrunner.Options{AllowWrites: true}, []string{"keys.sts, no sites.active", "keys.account, no sites.active"}},
		{"some targets", few, serverrunner.Options{AllowWrites: true}, []string{"keys.sts, no sites.active", "sites.active"}},
		{"no writes", targets(t), serverrunner.Options{}, []string{"--allow-writes", "--allow-writes", "--allow-writes"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			result, err := serverrunner.Run(t.Context(), serverrunner.Target{Handler: untouched, Targets: tc.targets}, list, tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Results) != 3 {
				t.Fatalf("%d results of 3 cases for servers", len(result.Results))
			}
			for i, want := range tc.want {
				if r := result.Results[i]; r.Verdict != suite.NotRun || !strings.Contains(r.Reason, want) {
					t.Errorf("%s: %s %q, want %q in it", r.Case, r.Verdict, r.Reason, want)
				}
			}
			if result.ExitCode() != suite.ExitNothingRan {
				t.Errorf("exit code %d", result.ExitCode())
			}
		})
	}
}

// What net/http answers in place of a handler is not held against the handler.
func TestHandlerNotReached(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	list := append(only(t, "feature/raw"), only(t, "feature/acs3")...)
	result := run(t, serverrunner.Target{Name: "mine", Handler: srv.Handler(), Targets: targets(t)}, list, serverrunner.Options{})
	if r := result.Results[0]; r.Verdict != suite.NotRun || !strings.Contains(r.Reason, "URL of a server") || len(r.Checks) != 0 {
		t.Errorf("%+v", r)
	}
	if r := result.Results[1]; r.Verdict != suite.Passed || r.Subject != "mine" || result.Subjects[0] != "mine" {
		t.Errorf("%+v", r)
	}
}

// A case that is wrong itself is broken, and says so.
func TestInvalidCases(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	step := func(request suite.Request, answers ...suite.ExpectedResponse) []suite.Case {
		return []suite.Case{{ID: "wrong", Server: &suite.ServerCase{Steps: []suite.Step{{Request: request, Responses: answers}}}}}
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
		"placeholder of an answer":  step(suite.Request{}, suite.ExpectedResponse{MessageContains: []string{"${nonesuch}"}}),
		"pattern of an answer":      step(suite.Request{}, suite.ExpectedResponse{Headers: map[string]string{"A": "("}}),
		"row of an answer":          step(suite.Request{}, suite.ExpectedResponse{Row: "nonesuch"}),
		"header to drop":            step(suite.Request{Tamper: []suite.Tamper{{DropHeader: "nonesuch"}}}, ok),
		"text to replace":           step(replace("query", "nonesuch -> x"), ok),
		"replacement":               step(replace("query", "nonesuch"), ok),
		"place of a replacement":    step(replace("method", "POST -> GET"), ok),
		"no verb":                   step(suite.Request{Tamper: []suite.Tamper{{}}}, ok),
		"edit that changes nothing": step(suite.Request{Sign: []suite.Parameter{{Name: "signature", Value: "z -> y"}}}, ok),
		"edit":                      step(suite.Request{Scheme: "rpc", Sign: []suite.Parameter{{Name: "signature", Value: "( -> y"}}}, ok),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := run(t, serverrunner.Target{Handler: srv.Handler(), Targets: targets(t)}, list, serverrunner.Options{})
			if r := result.Results[0]; r.Verdict != suite.Errored || !strings.Contains(r.Reason, "the case cannot be carried out") {
				t.Errorf("%s: %q", r.Verdict, r.Reason)
			}
		})
	}
}

// A request that is meant to be right, and is not as in the contract, is the
// case's fault.
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
	last := r.Checks[len(r.Checks)-2]
	if r.Verdict != suite.Errored || !strings.Contains(fmt.Sprint(r.Checks), "the case is at fault") {
		report(t, &r)
		t.Errorf("%+v", last)
	}
}
