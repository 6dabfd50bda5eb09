package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
)

func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	out, err := newClient(t, script(accepts())).ApplyCertificate(t.Context(), input())
	if err != nil {
		t.Fatal(err)
	}
	want := &client.ApplyCertificateOutput{
		SiteName: "example.com ", TotalCount: 2, RequestID: "156A6B-677B1A-4297B7-9187B7-2B44792",
		Applications: []client.Application{{Domain: "*.example.com ", Status: "Applying", ID: "30000478"}},
		ResponseInfo: client.ResponseInfo{
			Status: 200, Attempts: 1,
			Header: http.Header{"Content-Type": {"application/json;charset=utf-8"}},
		},
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// Requests on the wire, for every combination of method, scheme and
// credentials.
func TestRequest(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 7, 6, 34, 0, time.FixedZone("east", 8*3600))
	credentials := map[string]client.CredentialsProvider{
		"static": client.StaticCredentials(testKey, testSecret),
		"sts":    client.STSCredentials(testKey, testSecret, testToken),
		"bearer": client.BearerCredentials(testBearer),
	}
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		for _, scheme := range []signature.Scheme{signature.ACS3HMACSHA256, signature.RPCHMACSHA1, signature.RPCHMACSHA256} {
			for kind, provider := range credentials {
				t.Run(fmt.Sprintf("%s/%s/%s", method, scheme, kind), func(t *testing.T) {
					t.Parallel()
					tr := script(accepts())
					c := newClient(t, tr, client.WithMethod(method), client.WithSignature(scheme), client.WithCredentials(provider),
						client.WithClock(func() time.Time { return at }), client.WithNonce(func() string { return "n0nce" }))
					if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
						t.Fatal(err)
					}
					req := tr.requests()[0]
					claim := verify(t, req)
					if claim.Action != "ApplyCertificate" || claim.Version != "2024-09-10" || claim.Nonce != "n0nce" || claim.Date != "2026-11-22T23:06:34Z" {
						t.Errorf("claim is %+v", claim)
					}
					checkClaim(t, claim, scheme, kind)
					checkQuery(t, req.URL)
					if req.Method != method || req.URL.Path != "/" || req.URL.Host != "esa.cn-hangzhou.aliyuncs.com" || req.URL.Scheme != "https" {
						t.Errorf("%s %s", req.Method, req.URL)
					}
					if req.Body != nil && req.Body != http.NoBody || req.ContentLength != 0 {
						t.Error("there is a body")
					}
				})
			}
		}
	}
}

func checkClaim(t *testing.T, claim signature.Claim, scheme signature.Scheme, kind string) {
	t.Helper()
	want := signature.ACS3HMACSHA256
	switch {
	case kind == "bearer":
		want = signature.Bearer
	case scheme == signature.RPCHMACSHA1:
		want = signature.RPCHMACSHA1
	case scheme == signature.RPCHMACSHA256:
		want = signature.RPCHMACSHA256
	}
	if claim.Scheme != want {
		t.Errorf("scheme is %v, want %v", claim.Scheme, want)
	}
	if (claim.SecurityToken == testToken) != (kind == "sts") || (claim.BearerToken == testBearer) != (kind == "bearer") {
		t.Errorf("wrong tokens for %s", kind)
	}
}

func checkQuery(t *testing.T, u *url.URL) {
	t.Helper()
	values, err := signature.ParseQuery(u.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"SiteId": "1234567890123", "Domains": "www.example.com,blog.example.com", "Type": "lets_encrypt",
	} {
		if got := values[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	tr := script(accepts())
	c := newClient(t, tr, client.WithUserAgent("a-tool/1.4"))
	if _, err := c.ApplyCertificate(t.Context(), input(), client.WithUserAgent("job/7")); err != nil {
		t.Fatal(err)
	}
	h := tr.requests()[0].Header
	want := fmt.Sprintf("esacert-go/%s (%s; %s) %s a-tool/1.4 job/7", client.Version, runtime.GOOS, runtime.GOARCH, runtime.Version())
	if got := h.Get("User-Agent"); got != want {
		t.Errorf("User-Agent is %q, want %q", got, want)
	}
	if got := h.Get("Accept"); got != "application/json" {
		t.Errorf("Accept is %q", got)
	}
	if _, there := h["Content-Type"]; there {
		t.Error("a Content-Type without a body")
	}
}

func TestTypeIsSentOnlyIfGiven(t *testing.T) {
	t.Parallel()
	tr := script(accepts())
	in := input()
	in.Type = ""
	if _, err := newClient(t, tr).ApplyCertificate(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if query := tr.requests()[0].URL.Query(); query.Has("Type") {
		t.Errorf("query is %v", query)
	}
}

func TestNamesAreTrimmedUnlessValidationIsDisabled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		domains []string
		options []client.Option
		want    string
	}{
		"one":       {[]string{" a.example.com\t"}, nil, "a.example.com"},
		"two":       {[]string{" a.example.com", "b.example.com "}, nil, "a.example.com,b.example.com"},
		"unchecked": {[]string{" a.example.com", "b c,d"}, []client.Option{client.WithoutValidation()}, " a.example.com,b c,d"},
		"unicode":   {[]string{"bücher.example.com"}, nil, "bücher.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := script(accepts())
			in := client.ApplyCertificateInput{SiteID: 1, Domains: test.domains}
			if _, err := newClient(t, tr).ApplyCertificate(t.Context(), in, test.options...); err != nil {
				t.Fatal(err)
			}
			if got := tr.requests()[0].URL.Query().Get("Domains"); got != test.want {
				t.Errorf("Domains is %q, want %q", got, test.want)
			}
			verify(t, tr.requests()[0])
		})
	}
}

func TestCallOptionsApplyToOneCall(t *testing.T) {
	t.Parallel()
	tr, other := script(accepts()), script(accepts())
	c := newClient(t, tr)
	_, err := c.ApplyCertificate(t.Context(), input(), nil,
		client.WithTransport(other), client.WithEndpoint("http://127.0.0.1:8080"), client.WithMethod(http.MethodGet))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
		t.Fatal(err)
	}
	if req := other.requests()[0]; req.Method != http.MethodGet || req.URL.Host != "127.0.0.1:8080" || req.URL.Scheme != "http" {
		t.Errorf("first call: %s %s", req.Method, req.URL)
	}
	if req := tr.requests()[0]; req.Method != http.MethodPost || req.URL.Host != "esa.cn-hangzhou.aliyuncs.com" {
		t.Errorf("second call: %s %s", req.Method, req.URL)
	}
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	tr := script(accepts())
	c := newClient(t, tr)
	const calls = 64
	var group sync.WaitGroup
	for range calls {
		group.Go(func() {
			if _, err := c.ApplyCertificate(t.Context(), input(), client.WithUserAgent("x/1")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	nonces := map[string]bool{}
	for _, req := range tr.requests() {
		nonces[verify(t, req).Nonce] = true
	}
	if len(nonces) != calls {
		t.Errorf("%d calls had %d nonces", calls, len(nonces))
	}
}

func TestNilArgumentsReturnErrors(t *testing.T) {
	t.Parallel()
	var none *client.Client
	for name, c := range map[string]*client.Client{"nil": none, "zero": {}} {
		_, err := c.ApplyCertificate(t.Context(), input())
		if _, ok := errors.AsType[*client.InputError](err); !ok {
			t.Errorf("%s client: %v", name, err)
		}
		c.CloseIdleConnections()
		if got := c.Endpoint(); got != "" {
			t.Errorf("%s client has the endpoint %q", name, got)
		}
	}
	tr := script(accepts())
	c := newClient(t, tr, nil, client.WithClock(nil), client.WithNonce(nil), client.WithSleep(nil), client.WithJitter(nil),
		client.WithLogger(nil), client.WithDebug(nil), client.WithHTTPClient(nil), client.WithTransport(nil), client.WithTransport(tr))
	if _, err := c.ApplyCertificate(t.Context(), input(), nil); err != nil {
		t.Error(err)
	}
	//nolint:staticcheck // a nil context is tested
	if _, err := c.ApplyCertificate(nil, input()); err == nil || !strings.Contains(err.Error(), "context.Background()") {
		t.Errorf("nil context: %v", err)
	}
	if _, err := c.ApplyCertificate(t.Context(), input(), client.WithTransport(brokenTransport{})); err == nil {
		t.Error("a transport without response and error is accepted")
	}
	if _, err := c.ApplyCertificate(t.Context(), input(), client.WithCredentials(client.CredentialsFunc(nil))); !errors.Is(err, client.ErrNoCredentials) {
		t.Errorf("nil credentials function: %v", err)
	}
}

type brokenTransport struct{}

func (brokenTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, nil }

func TestEndpointAccessor(t *testing.T) {
	t.Parallel()
	c := newClient(t, script(accepts()), client.WithRegion("ap-southeast-1"))
	if got, want := c.Endpoint(), "https://esa.ap-southeast-1.aliyuncs.com/"; got != want {
		t.Errorf("endpoint is %q, want %q", got, want)
	}
}

// The caller's context reaches provider and transport.
func TestContextIsPassedOn(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "here")
	tr := script(func(req *http.Request) (*http.Response, error) {
		if req.Context().Value(key{}) != "here" {
			t.Error("the transport got another context")
		}
		return accepts()(req)
	})
	provider := client.CredentialsFunc(func(ctx context.Context) (client.Credentials, error) {
		if ctx.Value(key{}) != "here" {
			t.Error("the provider got another context")
		}
		return client.Credentials{AccessKeyID: testKey, AccessKeySecret: testSecret}, nil
	})
	if _, err := newClient(t, tr, client.WithCredentials(provider)).ApplyCertificate(ctx, input()); err != nil {
		t.Fatal(err)
	}
}
