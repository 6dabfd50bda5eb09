package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
)

func TestCanceledWhileWaiting(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]reply{
		"refused": refuses(esaerrors.Throttling), "unexpected": responds(503, "x"), "connection": fails(readFailure()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reason := errors.New("the user went home")
			ctx, cancel := context.WithCancelCause(t.Context())
			tr := script(response)
			c := newClient(t, tr, client.WithSleep(func(ctx context.Context, _ time.Duration) error { cancel(reason); return ctx.Err() }))
			_, err := c.ApplyCertificate(ctx, input())
			if !errors.Is(err, context.Canceled) || !errors.Is(err, reason) || len(tr.requests()) != 1 {
				t.Errorf("%d attempts, error %v", len(tr.requests()), err)
			}
			if name == "refused" && !errors.Is(err, esaerrors.Throttling) || !strings.Contains(err.Error(), "no further attempt: context canceled") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestCanceledDuringAttempt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	tr := script(func(req *http.Request) (*http.Response, error) {
		cancel()
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	_, err := newClient(t, tr).ApplyCertificate(ctx, input())
	e, ok := errors.AsType[*client.ConnectionError](err)
	if !ok || !errors.Is(err, context.Canceled) || len(tr.requests()) != 1 || !e.MaybeReceived || client.Retryable(err) {
		t.Errorf("%d attempts, error %v", len(tr.requests()), err)
	}
}

func TestCanceledBeforeCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tr := script(accepts())
	_, err := newClient(t, tr).ApplyCertificate(ctx, input())
	e, ok := errors.AsType[*client.ConnectionError](err)
	if !ok || !errors.Is(err, context.Canceled) || len(tr.requests()) != 0 || e.MaybeReceived || e.MaybeAccepted {
		t.Errorf("%d attempts, error %v", len(tr.requests()), err)
	}
}

// overdue is a context that is not done yet although its deadline has passed.
type overdue struct {
	context.Context
	deadline time.Time
}

func (o *overdue) Deadline() (time.Time, bool) { return o.deadline, true }

func (o *overdue) pass() { o.deadline = time.Now().Add(-time.Second) }

// A connection uses the deadline of the context, and may report its expiry
// before the context does.
func TestDeadlineIsReportedBeforeContextIsDone(t *testing.T) {
	t.Parallel()
	late := &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	slowBody := func(req *http.Request) (*http.Response, error) {
		resp, err := responds(200, documentedResponse)(req)
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(late)))
		return resp, err
	}
	for name, test := range map[string]struct {
		response      reply
		when          string
		requests      int
		maybeAccepted bool
	}{
		"no response":             {fails(late), "in the attempt", 1, true},
		"slow body":               {slowBody, "in the attempt", 1, true},
		"refused":                 {refuses(esaerrors.Throttling), "in the attempt", 1, false},
		"while waiting":           {refuses(esaerrors.Throttling), "in the wait", 1, false},
		"before the call":         {accepts(), "before", 0, false},
		"response despite expiry": {accepts(), "in the attempt", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := &overdue{t.Context(), time.Now().Add(time.Hour)}
			passAt := func(when string) {
				if when == test.when {
					ctx.pass()
				}
			}
			tr := script(func(req *http.Request) (*http.Response, error) {
				passAt("in the attempt")
				return test.response(req)
			})
			passAt("before")
			_, err := newClient(t, tr, client.WithSleep(func(context.Context, time.Duration) error {
				passAt("in the wait")
				return nil
			})).ApplyCertificate(ctx, input())
			if n := len(tr.requests()); n != test.requests || client.MaybeAccepted(err) != test.maybeAccepted {
				t.Errorf("%d attempts, error %v", n, err)
			}
			if name == "response despite expiry" {
				if err != nil {
					t.Errorf("error is %v", err)
				}
				return
			}
			if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "i/o timeout") || strings.Contains(err.Error(), "%!") {
				t.Errorf("error is %v", err)
			}
			if e, ok := errors.AsType[*client.ConnectionError](err); ok && !e.Timeout() {
				t.Errorf("no time-out: %v", err)
			}
		})
	}
}

func TestAttemptTimeout(t *testing.T) {
	t.Parallel()
	slow := func(req *http.Request) (*http.Response, error) {
		resp, err := responds(200, documentedResponse)(req)
		resp.Body = io.NopCloser(hanging{req.Context()})
		return resp, err
	}
	silent := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for name, response := range map[string]reply{"slow body": slow, "no response": silent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := script(response, accepts())
			out, err := newClient(t, tr, client.WithAttemptTimeout(time.Millisecond)).ApplyCertificate(t.Context(), input())
			if err != nil || out.Attempts != 2 {
				t.Errorf("output %+v, error %v", out, err)
			}
			_, err = newClient(t, script(response), client.WithAttemptTimeout(time.Millisecond)).ApplyCertificate(t.Context(), input())
			e, ok := errors.AsType[*client.ConnectionError](err)
			if !ok || !e.Timeout() || !e.MaybeAccepted || e.Attempts != 3 || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

type hanging struct{ ctx context.Context }

func (h hanging) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

func TestTimeoutOfTheHTTPClient(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]reply{
		"slow body": func(req *http.Request) (*http.Response, error) {
			resp, err := responds(200, documentedResponse)(req)
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), hanging{req.Context()}))
			return resp, err
		},
		"no response": func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
	} {
		own := &http.Client{Transport: script(response), Timeout: 5 * time.Millisecond}
		_, err := newClient(t, nil, client.WithHTTPClient(own), client.WithoutRetry()).ApplyCertificate(t.Context(), input())
		if e, ok := errors.AsType[*client.ConnectionError](err); !ok || !e.Timeout() || !client.Retryable(e) || !e.MaybeReceived || strings.Contains(err.Error(), "SiteId") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestNoTimeout(t *testing.T) {
	t.Parallel()
	tr := script(func(req *http.Request) (*http.Response, error) {
		if _, bounded := req.Context().Deadline(); bounded {
			t.Error("the attempt has a deadline")
		}
		return accepts()(req)
	})
	if _, err := newClient(t, tr).ApplyCertificate(context.Background(), input(), client.WithAttemptTimeout(0)); err != nil {
		t.Fatal(err)
	}
}
