package clientrunner_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/process"
)

// Session.Call uses the timeout of the session unless the request has one, and returns
// the last error once the client has failed repeatedly.
func TestSessionCall(t *testing.T) {
	t.Parallel()
	calls := 0
	subject := clientrunner.Func("c", func(_ context.Context, request adapters.Request) adapters.Result {
		calls++
		if request.ID == "panic" {
			panic("broken")
		}
		return adapters.Result{Error: &adapters.Error{Kind: adapters.KindOther, Raw: (time.Duration(request.TimeoutMs) * time.Millisecond).String()}}
	})
	session, err := clientrunner.Open(t.Context(), subject, clientrunner.Options{Contract: contract(t), Timeout: 7 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if session.Name() != "c" {
		t.Errorf("the name is %q", session.Name())
	}
	for timeout, want := range map[int]string{0: "7s", 3000: "3s"} {
		result, err := session.Call(t.Context(), adapters.Request{ID: "a", TimeoutMs: timeout})
		if err != nil || result.Error.Raw != want {
			t.Errorf("the timeout of a request with %d ms is %+v, %v, want %s", timeout, result.Error, err, want)
		}
	}
	for range 3 {
		if _, err := session.Call(t.Context(), adapters.Request{ID: "panic"}); err == nil {
			t.Error("a panic is not an error")
		}
	}
	if _, err := session.Call(t.Context(), adapters.Request{ID: "a"}); err == nil || !strings.Contains(err.Error(), "broken") || calls != 5 {
		t.Errorf("after 3 failures: got %v after %d calls, want the last failure after 5", err, calls)
	}
}

// The error of a call contains neither its secrets nor those of earlier calls.
func TestSessionCallRedactsErrors(t *testing.T) {
	t.Parallel()
	var secrets []string
	subject := clientrunner.Func("c", func(_ context.Context, request adapters.Request) adapters.Result {
		secrets = append(secrets, request.AccessKeySecret, request.SecurityToken, request.BearerToken)
		panic(secrets)
	})
	session, err := clientrunner.Open(t.Context(), subject, clientrunner.Options{Contract: contract(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, id := range []string{"first", "second", "third", "skipped"} {
		_, err := session.Call(t.Context(), adapters.Request{ID: id, AccessKeySecret: id + "-secret", SecurityToken: id + "-token", BearerToken: id + "-bearer"})
		if err == nil || !strings.Contains(err.Error(), "[secret]") || strings.Contains(err.Error(), "first-") || strings.Contains(err.Error(), id+"-") {
			t.Errorf("%s: got %v", id, err)
		}
		if _, isPanic := errors.AsType[*clientrunner.PanicError](err); !isPanic {
			t.Errorf("%s: got %T, want an error that wraps *PanicError", id, err)
		}
	}
}

// An adapter program that knows ApplyCertificate only receives requests of it without
// the member operation, which it would reject.
func TestProgramsReceiveOtherOperationsOnly(t *testing.T) {
	t.Parallel()
	const program = `while read -r line; do
		case $line in *'"operation":"GetSite"'*) seen=GetSite ;; *operation*) seen=some ;; *) seen=none ;; esac
		printf '{"id":"1","ok":false,"error":{"kind":"other","raw":"%s"}}\n' $seen
	done`
	session, err := clientrunner.Open(t.Context(), clientrunner.Command("sh", process.Command{Path: "/bin/sh", Args: []string{"-c", program}}), clientrunner.Options{Contract: contract(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for operation, want := range map[string]string{"": "none", "ApplyCertificate": "none", "GetSite": "GetSite"} {
		result, err := session.Call(t.Context(), adapters.Request{ID: "1", Operation: operation})
		if err != nil || result.Error.Raw != want {
			t.Errorf("operation %q: got %+v, %v, want %s", operation, result.Error, err, want)
		}
	}
}
