package client_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

func dialFailure() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func readFailure() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

// Which failures are retried, how often, and the final error.

func TestRetries(t *testing.T) {
	t.Parallel()
	const html = "<html>503</html>"
	already := esaerrors.InvalidParameterDomainsAlreadySubmitted
	for name, test := range map[string]struct {
		replies  []reply
		attempts int
		accepted bool
		row      *esaerrors.Error // of the error at the end
		maybe    bool
	}{
		"first attempt":           {[]reply{accepts()}, 1, true, nil, false},
		"refused connection":      {[]reply{fails(dialFailure()), accepts()}, 2, true, nil, false},
		"reset connection":        {[]reply{fails(readFailure()), accepts()}, 2, true, nil, false},
		"HTML 503":                {[]reply{responds(503, html), accepts()}, 2, true, nil, false},
		"internal error 500":      {[]reply{refuses(esaerrors.InternalError), accepts()}, 2, true, nil, false},
		"unavailable twice":       {[]reply{refuses(esaerrors.ServiceUnavailable), refuses(esaerrors.ServiceUnavailable), accepts()}, 3, true, nil, false},
		"throttled":               {[]reply{refuses(esaerrors.Throttling), accepts()}, 2, true, nil, false},
		"throttled user":          {[]reply{refuses(esaerrors.ThrottlingUser), accepts()}, 2, true, nil, false},
		"throttled api":           {[]reply{refuses(esaerrors.ThrottlingApi), accepts()}, 2, true, nil, false},
		"internal exception":      {[]reply{refuses(esaerrors.InternalException), accepts()}, 2, true, nil, false},
		"quota check":             {[]reply{refuses(esaerrors.QuotaCheckFailed), accepts()}, 2, true, nil, false},
		"nonce used":              {[]reply{refuses(esaerrors.SignatureNonceUsed), accepts()}, 2, true, nil, false},
		"cut body":                {[]reply{cut(200, documentedResponse[:40]), accepts()}, 2, true, nil, false},
		"internal exception ever": {[]reply{refuses(esaerrors.InternalException)}, 3, false, esaerrors.InternalException, false},
		"throttled ever":          {[]reply{refuses(esaerrors.Throttling)}, 3, false, esaerrors.Throttling, false},
		"unavailable ever":        {[]reply{refuses(esaerrors.ServiceUnavailable)}, 3, false, esaerrors.ServiceUnavailable, true},
		"refused connection ever": {[]reply{fails(dialFailure())}, 3, false, nil, false},
		"reset connection ever":   {[]reply{fails(readFailure())}, 3, false, nil, true},
		"lost, then refused":      {[]reply{fails(readFailure()), fails(dialFailure())}, 3, false, nil, true},
		"HTML 200":                {[]reply{responds(200, "<html>")}, 1, false, nil, true},
		"missing fields":          {[]reply{responds(200, "{}")}, 1, false, nil, true},
		"redirect":                {[]reply{responds(302, "", "Location", "/x")}, 1, false, nil, false},
		"site not found":          {[]reply{refuses(esaerrors.SiteNotFound)}, 1, false, esaerrors.SiteNotFound, false},
		"quota exceeded":          {[]reply{refuses(esaerrors.QuotaExceeded)}, 1, false, esaerrors.QuotaExceeded, false},
		"untrusted certificate":   {[]reply{fails(&tls.CertificateVerificationError{Err: errors.New("x509")})}, 1, false, nil, false},
		"no such host":            {[]reply{fails(&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true})}, 1, false, nil, false},
		"no name server":          {[]reply{fails(&net.DNSError{Err: "server misbehaving", Name: "x", IsTemporary: true}), accepts()}, 2, true, nil, false},
		"already":                 {[]reply{refuses(already)}, 1, false, already, false},
		"throttled, already":      {[]reply{refuses(esaerrors.Throttling), refuses(already)}, 2, false, already, false},
		"dial failure, already":   {[]reply{fails(dialFailure()), refuses(already)}, 2, false, already, false},
		"reset, already":          {[]reply{fails(readFailure()), refuses(already)}, 2, false, already, true},
		"HTML 503, already":       {[]reply{responds(503, html), refuses(already)}, 2, false, already, true},
		"500, already":            {[]reply{refuses(esaerrors.InternalError), refuses(already)}, 2, false, already, true},
		"cut, already":            {[]reply{cut(200, "{"), refuses(already)}, 2, false, already, true},
		"nonce used, already":     {[]reply{refuses(esaerrors.SignatureNonceUsed), refuses(already)}, 2, false, already, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := script(test.replies...)
			out, err := newClient(t, tr).ApplyCertificate(t.Context(), input())
			if got := len(tr.requests()); got != test.attempts {
				t.Errorf("%d attempts, want %d", got, test.attempts)
			}
			if test.accepted {
				if err != nil || out.Attempts != test.attempts {
					t.Errorf("output %+v, error %v", out, err)
				}
				return
			}
			if err == nil || test.row != nil && !errors.Is(err, test.row) || client.MaybeAccepted(err) != test.maybe {
				t.Errorf("error is %v, maybe accepted %v", err, client.MaybeAccepted(err))
			}
			if test.attempts > 1 && !strings.Contains(err.Error(), fmt.Sprintf("attempt %d", test.attempts)) {
				t.Errorf("the error does not count attempts: %v", err)
			}
			if strings.Contains(err.Error(), "may have been accepted") != test.maybe {
				t.Errorf("the error does not warn as it should: %v", err)
			}
			if number := attemptsOf(err); number != test.attempts {
				t.Errorf("Attempts is %d", number)
			}
		})
	}
}

func attemptsOf(err error) int {
	if e, ok := errors.AsType[*client.ConnectionError](err); ok {
		return e.Attempts
	}
	if e, ok := errors.AsType[*client.UnexpectedResponseError](err); ok {
		return e.Attempts
	}
	if e, ok := errors.AsType[*client.ServiceError](err); ok {
		return e.Attempts
	}
	return 0
}

func TestEachAttemptIsSignedAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Second); return now }
	for _, scheme := range []signature.Scheme{signature.ACS3HMACSHA256, signature.RPCHMACSHA1, signature.RPCHMACSHA256} {
		tr := script(responds(503, ""), responds(503, ""), accepts())
		c := newClient(t, tr, client.WithSignature(scheme), client.WithClock(clock), client.WithCredentials(client.STSCredentials(testKey, testSecret, testToken)))
		if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, req := range tr.requests() {
			claim := verify(t, req)
			for _, value := range []string{claim.Nonce, claim.Date, claim.Signature} {
				if seen[value] {
					t.Errorf("%s: %q is duplicated", scheme, value)
				}
				seen[value] = true
			}
			checkQuery(t, req.URL)
		}
	}
}

// The waits: random up to a bound that doubles up to a cap, at least what the

// service requires.

func TestWithoutRetry(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]client.Option{
		"off":            {client.WithoutRetry()},
		"off after on":   {client.WithRetry(client.RetryPolicy{MaxAttempts: 9}), client.WithoutRetry()},
		"single attempt": {client.WithRetry(client.RetryPolicy{MaxAttempts: 1})},
	} {
		tr := script(responds(503, ""))
		_, err := newClient(t, tr).ApplyCertificate(t.Context(), input(), options...)
		if err == nil || len(tr.requests()) != 1 {
			t.Errorf("%s: %d attempts, error %v", name, len(tr.requests()), err)
		}
	}
}

// A call that is cancelled while it waits keeps what the last attempt said, and

// is the context's error as well.

// A body that is too slow is a lost response, and is retried.

// The Timeout of an http.Client ends an attempt like any other.

// A wait that the caller's deadline cuts off is not begun.

// A nonce source that fails after a lost response must not hide the loss.

func TestNonceReuseAfterLostResponse(t *testing.T) {
	t.Parallel()
	nonces := []string{"first", "bad\r\nnonce"}
	next := func() string { n := nonces[0]; nonces = nonces[1:]; return n }
	tr := script(fails(readFailure()))
	_, err := newClient(t, tr, client.WithNonce(next)).ApplyCertificate(t.Context(), input())
	if _, ok := errors.AsType[*client.ConnectionError](err); !ok || !client.MaybeAccepted(err) || attemptsOf(err) != 1 || len(tr.requests()) != 1 {
		t.Errorf("error is %v", err)
	}
}

func TestInvalidNonce(t *testing.T) {
	t.Parallel()
	for _, nonce := range []string{"", "a b", "a\n"} {
		tr := script(accepts())
		_, err := newClient(t, tr, client.WithNonce(func() string { return nonce })).ApplyCertificate(t.Context(), input())
		if _, ok := errors.AsType[*client.InputError](err); !ok || len(tr.requests()) != 0 {
			t.Errorf("%q: error is %v", nonce, err)
		}
	}
}
