package adapters

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
)

// The test binary is its own adapter under test, in the manner that this
// variable names.
const mannerVariable = "ESACERT_TEST_ADAPTER"

func TestMain(m *testing.M) {
	if manner := os.Getenv(mannerVariable); manner != "" {
		os.Exit(behave(manner))
	}
	os.Exit(m.Run())
}

func behave(manner string) int {
	switch manner {
	case "proper":
		if Serve(context.Background(), os.Stdin, os.Stdout, scripted) != nil {
			return 1
		}
	case "backwards": // answers two calls in the other order
		var calls [2]string
		_, _ = fmt.Fscanln(os.Stdin, &calls[0])
		_, _ = fmt.Fscanln(os.Stdin, &calls[1])
		in := strings.NewReader(calls[1] + "\n" + calls[0])
		_ = Serve(context.Background(), in, os.Stdout, scripted)
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "garbage":
		fmt.Fprintln(os.Stderr, "warming up")
		fmt.Fprintln(os.Stdout, "listening on port 8080")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "endless line":
		for {
			if _, err := fmt.Fprint(os.Stdout, strings.Repeat("x", 1<<20)); err != nil {
				return 1
			}
		}
	case "stranger":
		fmt.Fprintln(os.Stdout, `{"id":"who","ok":true,"response":{"body":{}}}`)
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "dies":
		fmt.Fprint(os.Stderr, strings.Repeat("trace\n", 1000), "out of memory\n")
		return 3
	case "leaves":
		return 0
	case "silent":
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "deaf":
		time.Sleep(time.Minute)
	case "sulks": // proper until the end
		_ = Serve(context.Background(), os.Stdin, os.Stdout, scripted)
		return 4
	}
	return 0
}

func start(t *testing.T, manner string) *Program {
	t.Helper()
	p, err := Start(context.WithoutCancel(t.Context()), Command{Path: os.Args[0], Env: append(os.Environ(), mannerVariable+"="+manner)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ask(id, site string) Request {
	return Request{ID: id, Endpoint: "http://h", Parameters: map[string]string{"SiteId": site}, TimeoutMs: 50}
}

func TestProgramAnswers(t *testing.T) {
	t.Parallel()
	p := start(t, "proper")
	for i, site := range []string{"1", "panic", "wait", "1"} {
		result, err := p.Call(t.Context(), ask(fmt.Sprint(i), site))
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
	if _, err := p.Call(t.Context(), ask("late", "1")); !errors.As(err, new(*DiedError)) {
		t.Errorf("a call after Close: got %v", err)
	}
}

func TestProgramAnswersInAnyOrder(t *testing.T) {
	t.Parallel()
	p := start(t, "backwards")
	var both sync.WaitGroup
	for _, id := range []string{"first", "second"} {
		both.Go(func() {
			result, err := p.Call(t.Context(), ask(id, id))
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

func TestProgramTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	for manner, want := range map[string]string{
		"garbage":      `adapter printed what is no result: no result: invalid character 'l' looking for beginning of value; the line is "listening on port 8080"; on standard error: warming up`,
		"endless line": "adapter printed what is no result: bufio.Scanner: token too long",
		"stranger":     `adapter printed what is no result: nobody asked for id "who"; the line is "{\"id\":\"who\",\"ok\":true,\"response\":{\"body\":{}}}"`,
		"leaves":       "adapter died: it ended with code 0 while its input was open",
	} {
		t.Run(manner, func(t *testing.T) {
			t.Parallel()
			p := start(t, manner)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for range 2 { // the second call fails at once, and says the same
				_, err := p.Call(ctx, ask("1", "1"))
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

func TestProgramThatDies(t *testing.T) {
	t.Parallel()
	p := start(t, "dies")
	_, err := p.Call(t.Context(), ask("1", "1"))
	var died *DiedError
	if !errors.As(err, &died) || died.Unwrap() == nil {
		t.Fatalf("got %v", err)
	}
	if len(died.Stderr) > 2048 || !strings.HasSuffix(died.Stderr, "trace\nout of memory\n") {
		t.Errorf("got %d bytes of standard error ending %q", len(died.Stderr), died.Stderr[max(0, len(died.Stderr)-30):])
	}
	if !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
	if err := p.Close(); !errors.As(err, &died) {
		t.Errorf("Close: got %v", err)
	}
}

func TestProgramThatLeavesBadly(t *testing.T) {
	t.Parallel()
	p := start(t, "sulks")
	if _, err := p.Call(t.Context(), ask("1", "1")); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "exit status 4") {
		t.Errorf("got %v", err)
	}
}

func TestProgramThatIsSilent(t *testing.T) {
	t.Parallel()
	for manner, closes := range map[string]bool{"silent": true, "deaf": false} {
		t.Run(manner, func(t *testing.T) {
			t.Parallel()
			p := start(t, manner)
			p.grace = 5 * time.Second
			if !closes {
				p.grace = 10 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			_, err := p.Call(ctx, ask("1", "1"))
			var silent *SilentError
			if !errors.As(err, &silent) || silent.ID != "1" || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if err := p.Close(); (err == nil) != closes {
				t.Errorf("Close: got %v", err)
			}
		})
	}
}

func TestProgramForgivesALateResult(t *testing.T) {
	t.Parallel()
	p := start(t, "proper")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	slow := ask("slow", "wait")
	slow.TimeoutMs = 2000 // it is still under way when it is asked for again
	if _, err := p.Call(ended, slow); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if _, err := p.Call(t.Context(), slow); err == nil || !strings.Contains(err.Error(), "under way") {
		t.Errorf("an id that waits for its result was taken again: %v", err)
	}
	if result, err := p.Call(t.Context(), ask("next", "1")); err != nil || !result.OK {
		t.Errorf("got %+v, %v", result, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestProgramHidesSecrets(t *testing.T) {
	t.Parallel()
	p := start(t, "proper")
	request := ask("1", "leak")
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

func TestRedactFindsEncodedSecrets(t *testing.T) {
	t.Parallel()
	request := Request{AccessKeySecret: "sec ret one", SecurityToken: "to/to/to", BearerToken: "b+b+b+b+"}
	const text = "sec ret one sec+ret+one sec%20ret%20one to/to/to to%2Fto%2Fto b+b+b+b+ b%2Bb%2Bb%2Bb%2B rest"
	if got, want := request.redact(text), "[secret] [secret] [secret] [secret] [secret] [secret] [secret] rest"; got != want {
		t.Errorf("got %q", got)
	}
}

// A value that is too short to be a secret is hidden as the value of its field,
// and leaves every other word alone.
func TestRedactLeavesWordsAlone(t *testing.T) {
	t.Parallel()
	request := Request{AccessKeySecret: "y", SecurityToken: "a/b", BearerToken: ""}
	const text = `dial esa.cn-hangzhou.aliyuncs.com: try again; GET /?a/b=1&SecurityToken=a%2Fb&x=y {"AccessKeySecret":"y"}`
	if got, want := request.redact(text), `dial esa.cn-hangzhou.aliyuncs.com: try again; GET /?a/b=1&SecurityToken=[secret]&x=y {"AccessKeySecret":"[secret]"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestProgramEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p, err := Start(ctx, Command{Path: os.Args[0], Env: append(os.Environ(), mannerVariable+"=deaf")})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.Call(t.Context(), ask("1", "1")); !errors.As(err, new(*DiedError)) {
		t.Errorf("got %v", err)
	}
	if err := p.Close(); !errors.As(err, new(*DiedError)) {
		t.Errorf("Close: got %v", err)
	}
}

func TestStartTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Command{Path: "no-such-adapter"})
	if err == nil || !strings.Contains(err.Error(), "start adapter no-such-adapter: ") {
		t.Errorf("got %v", err)
	}
}

func Example() {
	ctx := context.Background()
	sdk := Command{Path: os.Args[0], Env: append(os.Environ(), mannerVariable+"=proper")}
	program, err := Start(ctx, sdk)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := program.Call(ctx, Request{
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
