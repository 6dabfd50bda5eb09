package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
)

// The test binary is also the adapter under test, in the mode that this
// variable names.
const modeEnv = "ESACERT_TEST_ADAPTER"

func TestMain(m *testing.M) {
	if mode := os.Getenv(modeEnv); mode != "" {
		os.Exit(runFakeAdapter(mode))
	}
	os.Exit(m.Run())
}

func runFakeAdapter(mode string) int {
	switch mode {
	case "correct":
		if adapters.Serve(context.Background(), os.Stdin, os.Stdout, scripted) != nil {
			return 1
		}
	case "reversed": // returns two results in reverse order
		var calls [2]string
		_, _ = fmt.Fscanln(os.Stdin, &calls[0])
		_, _ = fmt.Fscanln(os.Stdin, &calls[1])
		in := strings.NewReader(calls[1] + "\n" + calls[0])
		_ = adapters.Serve(context.Background(), in, os.Stdout, scripted)
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "not a result":
		fmt.Fprintln(os.Stderr, "warming up")
		fmt.Fprintln(os.Stdout, "listening on port 8080")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "endless line":
		for {
			if _, err := fmt.Fprint(os.Stdout, strings.Repeat("x", 1<<20)); err != nil {
				return 1
			}
		}
	case "unknown id":
		fmt.Fprintln(os.Stdout, `{"id":"who","ok":true,"response":{"body":{}}}`)
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "crashes":
		fmt.Fprint(os.Stderr, strings.Repeat("trace\n", 1000), "out of memory\n")
		return 3
	case "exits":
		return 0
	case "leaks and crashes":
		waitForRequest()
		fmt.Fprintln(os.Stderr, "signing with "+testSecret)
		return 3
	case "leaks too much": // so that the beginning of what is kept is a part of a secret
		waitForRequest()
		fmt.Fprint(os.Stderr, strings.Repeat(testSecret+"\n", 1000))
		return 3
	case "leaks in a line":
		waitForRequest()
		fmt.Fprintln(os.Stdout, strings.Repeat("x", maxLine-len(testSecret)/2)+testSecret)
	case "leaks in an ID":
		waitForRequest()
		fmt.Fprintln(os.Stdout, `{"id":"`+testSecret+`","ok":true,"response":{"body":{}}}`)
	case "no result":
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "does not read":
		time.Sleep(time.Minute)
	case "exits non-zero": // correct until the end
		_ = adapters.Serve(context.Background(), os.Stdin, os.Stdout, scripted)
		return 4
	}
	return 0
}

// scripted is a client under test that does what the site ID says.
func scripted(ctx context.Context, request adapters.Request) adapters.Result {
	switch request.Parameters["SiteId"] {
	case "panic":
		panic("client broke")
	case "wait":
		<-ctx.Done()
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindConnection, Raw: ctx.Err().Error()}}
	case "leak":
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindConnection, Raw: "GET /?BearerToken=" + request.BearerToken}}
	}
	return adapters.Result{Response: &adapters.Response{Status: 200, Body: map[string]any{"SiteName": "<example.com>"}}}
}

func start(t *testing.T, mode string) *Process {
	t.Helper()
	p, err := Start(context.WithoutCancel(t.Context()), Command{Path: os.Args[0], Env: append(os.Environ(), modeEnv+"="+mode)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func waitForRequest() {
	var line string
	_, _ = fmt.Fscanln(os.Stdin, &line)
}

// testSecret is the access key secret of requests to adapters that print it.
const testSecret = "0123456789abcdefghijklmn"

// The errors contain no part of a secret, even if they are truncated.
func TestErrorsRedactSecrets(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"leaks and crashes", "leaks too much", "leaks in a line", "leaks in an ID"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := start(t, mode)
			request := newRequest("1", "1")
			request.AccessKeySecret = testSecret
			_, err := p.Call(t.Context(), request)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, message := range []string{err.Error(), fmt.Sprint(p.Close())} {
				if strings.Contains(message, testSecret[:8]) || strings.Contains(message, testSecret[16:]) {
					t.Errorf("a part of the secret is shown: %s", message)
				}
			}
			if mode != "leaks in a line" && !strings.Contains(err.Error(), "[secret]") {
				t.Errorf("no secret was redacted: %v", err)
			}
		})
	}
}

func newRequest(id, site string) adapters.Request {
	return adapters.Request{ID: id, Endpoint: "http://h", Parameters: map[string]string{"SiteId": site}, TimeoutMs: 50}
}

func TestProcessReturnsResults(t *testing.T) {
	t.Parallel()
	p := start(t, "correct")
	for i, site := range []string{"1", "panic", "wait", "1"} {
		result, err := p.Call(t.Context(), newRequest(fmt.Sprint(i), site))
		if err != nil {
			t.Fatal(err)
		}
		if wantOK := site == "1"; result.OK != wantOK || result.ID != fmt.Sprint(i) {
			t.Errorf("call %d (%s): got %+v", i, site, result)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := p.Call(t.Context(), newRequest("late", "1")); !errors.As(err, new(*ExitError)) {
		t.Errorf("a call after Close: got %v", err)
	}
}

func TestProcessReturnsResultsInAnyOrder(t *testing.T) {
	t.Parallel()
	p := start(t, "reversed")
	var both sync.WaitGroup
	for _, id := range []string{"first", "second"} {
		both.Go(func() {
			result, err := p.Call(t.Context(), newRequest(id, id))
			if err != nil || result.ID != id {
				t.Errorf("%s: got %+v, %v", id, result, err)
			}
		})
	}
	both.Wait()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestProcessReportsFaults(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{
		"not a result": `adapter broke the protocol: line "listening on port 8080": invalid result: invalid character 'l' looking for beginning of value; stderr: warming up`,
		"endless line": "adapter broke the protocol: bufio.Scanner: token too long",
		"unknown id":   `adapter broke the protocol: line "{\"id\":\"who\",\"ok\":true,\"response\":{\"body\":{}}}": no call has id "who"`,
		"exits":        "adapter exited before its input was closed: exit status 0",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := start(t, mode)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for range 2 { // the second call fails immediately, with the same error
				_, err := p.Call(ctx, newRequest("1", "1"))
				if err == nil || err.Error() != want {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProcessExits(t *testing.T) {
	t.Parallel()
	p := start(t, "crashes")
	_, err := p.Call(t.Context(), newRequest("1", "1"))
	var exited *ExitError
	if !errors.As(err, &exited) || exited.Unwrap() == nil {
		t.Fatalf("got %v", err)
	}
	if len(exited.Stderr) > 2048 || !strings.HasSuffix(exited.Stderr, "trace\nout of memory\n") {
		t.Errorf("got %d bytes of standard error ending %q", len(exited.Stderr), exited.Stderr[max(0, len(exited.Stderr)-30):])
	}
	if !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
	if err := p.Close(); !errors.As(err, &exited) {
		t.Errorf("Close: got %v", err)
	}
}

func TestProcessExitsNonZero(t *testing.T) {
	t.Parallel()
	p := start(t, "exits non-zero")
	if _, err := p.Call(t.Context(), newRequest("1", "1")); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "exit status 4") {
		t.Errorf("got %v", err)
	}
}

func TestProcessTimesOut(t *testing.T) {
	t.Parallel()
	for mode, closes := range map[string]bool{"no result": true, "does not read": false} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := start(t, mode)
			p.grace = 5 * time.Second
			if !closes {
				p.grace = 10 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			_, err := p.Call(ctx, newRequest("1", "1"))
			var timeout *TimeoutError
			if !errors.As(err, &timeout) || timeout.ID != "1" || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if err := p.Close(); (err == nil) != closes {
				t.Errorf("Close: got %v", err)
			}
		})
	}
}

func TestProcessIgnoresLateResult(t *testing.T) {
	t.Parallel()
	p := start(t, "correct")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	slow := newRequest("slow", "wait")
	slow.TimeoutMs = 2000 // still in progress at the second call
	if _, err := p.Call(canceled, slow); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if _, err := p.Call(t.Context(), slow); err == nil || !strings.Contains(err.Error(), "in progress") {
		t.Errorf("an id in use was accepted again: %v", err)
	}
	if result, err := p.Call(t.Context(), newRequest("next", "1")); err != nil || !result.OK {
		t.Errorf("got %+v, %v", result, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestProcessRedactsSecrets(t *testing.T) {
	t.Parallel()
	p := start(t, "correct")
	request := newRequest("1", "leak")
	request.BearerToken, request.AccessKeySecret, request.SecurityToken = "b/t+=", "s", ""
	result, err := p.Call(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if want := "GET /?BearerToken=[secret]"; result.Error.Raw != want {
		t.Errorf("got %q, want %q", result.Error.Raw, want)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestProcessIsKilledWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Start(ctx, Command{Path: os.Args[0], Env: append(os.Environ(), modeEnv+"=does not read")})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.Call(t.Context(), newRequest("1", "1")); !errors.As(err, new(*ExitError)) {
		t.Errorf("got %v", err)
	}
	if err := p.Close(); !errors.As(err, new(*ExitError)) {
		t.Errorf("Close: got %v", err)
	}
}

func TestStartReportsMissingCommand(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Command{Path: "no-such-adapter"})
	if err == nil || !strings.Contains(err.Error(), "start adapter no-such-adapter: ") {
		t.Errorf("got %v", err)
	}
}

func Example() {
	ctx := context.Background()
	sdk := Command{Path: os.Args[0], Env: append(os.Environ(), modeEnv+"=correct")}
	program, err := Start(ctx, sdk)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := program.Call(ctx, adapters.Request{
		ID:              "documented example",
		Endpoint:        "http://127.0.0.1:8080",
		AccessKeyID:     "testid",
		AccessKeySecret: "testsecret",
		Parameters:      map[string]string{"SiteId": "1234567890123", "Domains": "example.com"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.OK, result.Response.Status, result.Response.Body["SiteName"])
	if err := program.Close(); err != nil {
		fmt.Println(err)
	}
	// Output: true 200 <example.com>
}
