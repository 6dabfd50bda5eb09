package server_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/scenario"
	"github.com/esacert/esacert/server/servertest"
)

// httpDoer sends with or without a socket: faults must look the same.
type httpDoer struct {
	name string
	do   func(*testing.T, *servertest.Server, request) (*http.Response, error)
}

func doers() []httpDoer {
	return []httpDoer{
		{"without a socket", func(t *testing.T, srv *servertest.Server, q request) (*http.Response, error) {
			return srv.Transport().RoundTrip(q.build(t, srv, "http://esa.test"))
		}},
		{"over a socket", func(t *testing.T, srv *servertest.Server, q request) (*http.Response, error) {
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			return transport.RoundTrip(q.build(t, srv, srv.URL()))
		}},
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	good := request{query: validQuery("www.example.com")}
	for _, d := range doers() {
		t.Run("reset "+d.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			srv.InjectFault(scenario.ConnectionReset, 1)
			response, err := d.do(t, srv, good)
			if err == nil {
				_ = response.Body.Close()
				t.Fatal("a response was received")
			}
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
				t.Errorf("error is %v", err)
			}
			if last := srv.LastEntry(); last.Rule != "connection-reset" || last.Status != 0 {
				t.Errorf("the journal has %+v", last)
			}
			checkHealthyAgain(t, srv, d)
		})
		t.Run("cut body "+d.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			srv.InjectFault(scenario.CutBody, 1)
			response, err := d.do(t, srv, good)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 || response.StatusCode != http.StatusOK {
				t.Errorf("%d, %d bytes, %v", response.StatusCode, len(body), err)
			}
			_ = response.Body.Close()
			if len(srv.Applications()) != 1 {
				t.Error("the call was not processed; only its response must be cut")
			}
			if last := srv.LastEntry(); last.Rule != "Accepted" || last.Scenario != "cut-body" {
				t.Errorf("the journal has %+v", last)
			}
		})
		t.Run("HTML 503 "+d.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			srv.InjectFault(scenario.HTML503, 1)
			response, err := d.do(t, srv, good)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "<html>") {
				t.Errorf("%d %s %v", response.StatusCode, body, err)
			}
			checkHealthyAgain(t, srv, d)
		})
	}
}

func checkHealthyAgain(t *testing.T, srv *servertest.Server, d httpDoer) {
	t.Helper()
	response, err := d.do(t, srv, request{query: validQuery("after.example.com")})
	if err != nil {
		t.Fatal(err)
	}
	if a := readResponse(t, response); a.status != http.StatusOK || len(srv.Applications()) != 1 {
		t.Errorf("after the fault: %d %s", a.status, a.body)
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.Throttle(1500*time.Millisecond, 1)
	a := request{query: validQuery("www.example.com")}.send(t, srv)
	checkRefused(t, srv, a, esaerrors.ThrottlingUser)
	if got := a.header.Get("X-Acs-Retry-After"); got != "1500" {
		t.Errorf("x-acs-retry-after is %q", got)
	}
}

// Injected errors are returned in order, to correctly signed calls only, the given
// number of times.
func TestInjectedErrors(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.RespondWith(esaerrors.QuotaExceeded, 2)
	srv.RespondWith(esaerrors.ServiceUnavailable, 1)
	good := request{query: validQuery("www.example.com")}
	checkRefused(t, srv, good.send(t, srv), esaerrors.QuotaExceeded)
	checkRefused(t, srv, request{query: good.query, unsign: true}.send(t, srv), esaerrors.MissingAccessKeyID)
	checkRefused(t, srv, good.send(t, srv), esaerrors.QuotaExceeded)
	checkRefused(t, srv, good.send(t, srv), esaerrors.ServiceUnavailable)
	if a := good.send(t, srv); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// The SDK rides out what passes, and the store has the application once.
func TestSDKRetriesFaults(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.InjectFault(scenario.ConnectionReset, 1)
	srv.RespondWith(esaerrors.InternalException, 1)
	c := srv.Client(client.WithRetry(client.RetryPolicy{MaxAttempts: 3}), client.WithJitter(func() float64 { return 0 }))
	out, err := c.ApplyCertificate(t.Context(), input(nil))
	if err != nil || out.TotalCount != 1 || len(srv.Applications()) != 1 || len(srv.Journal()) != 3 {
		t.Errorf("%+v, %v; %d requests", out, err, len(srv.Journal()))
	}
}

// A call with a cut response was accepted: the second attempt reports that, and the
// error says that the first may have succeeded.
func TestLostResponseIsDetected(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	srv.InjectFault(scenario.CutBody, 1)
	c := srv.Client(client.WithRetry(client.RetryPolicy{MaxAttempts: 2}), client.WithJitter(func() float64 { return 0 }))
	_, err := c.ApplyCertificate(t.Context(), input(nil))
	var refused *client.ServiceError
	if !errors.As(err, &refused) || !errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted) || !refused.MaybeAccepted {
		t.Errorf("error is %v", err)
	}
}
