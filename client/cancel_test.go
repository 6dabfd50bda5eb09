package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
)

func TestCancelledWhileWaiting(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"refused": refuses(esaerrors.Throttling), "unexpected": answers(503, "x"), "connection": fails(readFailure()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reason := errors.New("the user went home")
			ctx, cancel := context.WithCancelCause(t.Context())
			tr := script(answer)
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

func TestCancelledInAnAttempt(t *testing.T) {
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

func TestCancelledBeforeTheCall(t *testing.T) {
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

func TestAttemptTimeout(t *testing.T) {
	t.Parallel()
	slow := func(req *http.Request) (*http.Response, error) {
		resp, err := answers(200, documentedAnswer)(req)
		resp.Body = io.NopCloser(hanging{req.Context()})
		return resp, err
	}
	silent := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for name, answer := range map[string]reply{"slow body": slow, "no answer": silent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := script(answer, accepts())
			out, err := newClient(t, tr, client.WithAttemptTimeout(time.Millisecond)).ApplyCertificate(t.Context(), input())
			if err != nil || out.Attempts != 2 {
				t.Errorf("output %+v, error %v", out, err)
			}
			_, err = newClient(t, script(answer), client.WithAttemptTimeout(time.Millisecond)).ApplyCertificate(t.Context(), input())
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
	for name, answer := range map[string]reply{
		"slow body": func(req *http.Request) (*http.Response, error) {
			resp, err := answers(200, documentedAnswer)(req)
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), hanging{req.Context()}))
			return resp, err
		},
		"no answer": func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
	} {
		own := &http.Client{Transport: script(answer), Timeout: 5 * time.Millisecond}
		_, err := newClient(t, nil, client.WithHTTPClient(own), client.WithoutRetry()).ApplyCertificate(t.Context(), input())
		if e, ok := errors.AsType[*client.ConnectionError](err); !ok || !e.Timeout() || !e.Retryable() || !e.MaybeReceived || strings.Contains(err.Error(), "SiteId") {
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
