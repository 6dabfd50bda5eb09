package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// service replaces the service in the examples: a transport without a network.
type service func(req *http.Request) (status int, body string)

func (s service) RoundTrip(req *http.Request) (*http.Response, error) {
	status, body := s(req)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// accepting responds to every call with the documented example.
func accepting() service {
	return func(*http.Request) (int, string) { return http.StatusOK, documentedResponse }
}

// refusing responds to every call with an error.
func refusing(row *esaerrors.Error) service {
	return func(*http.Request) (int, string) {
		return row.Status, fmt.Sprintf(`{"RequestId":"7C6F5B1E","Code":%q,"Message":%q}`, row.Code, row.Message)
	}
}

// example returns the client of the examples.
func example(s service, options ...client.Option) *client.Client {
	c, err := client.New(append([]client.Option{
		client.WithTransport(s),
		client.WithCredentials(client.StaticCredentials("testid", "testsecret")),
	}, options...)...)
	if err != nil {
		panic(err)
	}
	return c
}

var www = client.ApplyCertificateInput{SiteID: 1234567890123, Domains: []string{"www.example.com"}}

func Example() {
	c, err := client.New(
		client.WithRegion("ap-southeast-1"),
		client.WithCredentials(client.StaticCredentials("testid", "testsecret")),
		client.WithTransport(accepting()), // only for this example
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := c.ApplyCertificate(context.Background(), client.ApplyCertificateInput{
		SiteID:  1234567890123,
		Domains: []string{"www.example.com", "blog.example.com"},
		Type:    client.LetsEncrypt,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, application := range out.Applications {
		fmt.Printf("%s %q %s\n", application.ID, application.Domain, application.Status)
	}
	// Output: 30000478 "*.example.com " Applying
}

func ExampleServiceError() {
	c := example(refusing(esaerrors.InvalidParameterDomainsAlreadySubmitted))
	_, err := c.ApplyCertificate(context.Background(), www)

	var refused *client.ServiceError
	switch {
	case errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted):
		fmt.Println("an application is pending")
	case errors.As(err, &refused):
		fmt.Println("refused with", refused.Code)
	}
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Code, refused.RequestID, refused.Throttled(), client.Retryable(refused))
	}
	// Output:
	// an application is pending
	// 400 InvalidParameter.Domains 7C6F5B1E false false
}

func ExampleInputError() {
	_, err := example(accepting()).ApplyCertificate(context.Background(), client.ApplyCertificateInput{
		Domains: []string{"*.example.com", "a.example.com", "A.example.com"},
		Type:    client.DigiCertSingle,
	})
	var wrong *client.InputError
	if errors.As(err, &wrong) {
		for _, problem := range wrong.Problems {
			fmt.Println(problem)
		}
	}
	// Output:
	// SiteID 0 is not a site ID: want a positive number; the console shows it on the site's page
	// Domains[0] "*.example.com" is a wildcard, which digicert_single does not cover; use lets_encrypt or digicert_wildcard
	// Domains[2] "A.example.com" duplicates Domains[1]; remove one
}

func ExampleConnectionError() {
	unplugged := transportFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset by peer") })
	_, err := example(nil, client.WithTransport(unplugged), client.WithoutRetry()).ApplyCertificate(context.Background(), www)
	var broken *client.ConnectionError
	if errors.As(err, &broken) {
		fmt.Println("the service may have received the request:", broken.MaybeReceived)
	}
	// Output: the service may have received the request: true
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func ExampleUnexpectedResponseError() {
	proxy := service(func(*http.Request) (int, string) { return 403, "<html>Blocked by your administrator.</html>" })
	_, err := example(proxy).ApplyCertificate(context.Background(), www)
	var odd *client.UnexpectedResponseError
	if errors.As(err, &odd) {
		fmt.Printf("%d, %s: %s\n", odd.Status, odd.Reason, odd.Snippet)
	}
	// Output: 403, body is not JSON: <html>Blocked by your administrator.</html>
}

func ExampleMaybeAccepted() {
	// The first response is lost; the service had accepted the call.
	first := true
	c := example(func(req *http.Request) (int, string) {
		if first {
			first = false
			return http.StatusBadGateway, "<html>"
		}
		return refusing(esaerrors.InvalidParameterDomainsAlreadySubmitted)(req)
	}, client.WithJitter(func() float64 { return 0 }))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted), client.MaybeAccepted(err))
	// Output: true true
}

func ExampleCredentialsFunc() {
	vault := client.CredentialsFunc(func(ctx context.Context) (client.Credentials, error) {
		// A real one fetches from a secret store, with ctx, and caches the
		// result.
		return client.Credentials{AccessKeyID: "STS.test", AccessKeySecret: "secret", SecurityToken: "token"}, nil
	})
	c := example(func(req *http.Request) (int, string) {
		fmt.Println("signed with", req.Header.Get("x-acs-accesskey-id"))
		return http.StatusOK, documentedResponse
	}, client.WithCredentials(vault))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// signed with STS.test
	// <nil>
}

func ExampleSTSCredentials() {
	c := example(func(req *http.Request) (int, string) {
		fmt.Println(req.Header.Get("x-acs-accesskey-id"), req.Header.Get("x-acs-security-token"))
		return http.StatusOK, documentedResponse
	}, client.WithCredentials(client.STSCredentials("STS.test", "secret", "token")))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// STS.test token
	// <nil>
}

func ExampleBearerCredentials() {
	c := example(func(req *http.Request) (int, string) {
		fmt.Println(req.Header.Get("x-acs-bearer-token"), req.URL.Query().Get("SignatureType"))
		return http.StatusOK, documentedResponse
	}, client.WithCredentials(client.BearerCredentials("token")))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// token BEARERTOKEN
	// <nil>
}

func ExampleEnvironmentCredentials() {
	// Nothing is read before a call is made.
	c := example(accepting(), client.WithCredentials(client.EnvironmentCredentials()))
	fmt.Println(c.Endpoint())
	// Output: https://esa.cn-hangzhou.aliyuncs.com/
}

func ExampleCredentials() {
	c := client.Credentials{AccessKeyID: "testid", AccessKeySecret: "testsecret"}
	fmt.Printf("%+v\n", c)
	// Output: Credentials{AccessKeyID: "testid", AccessKeySecret: (hidden), SecurityToken: (none), BearerToken: (none)}
}

func ExampleWithEndpoint() {
	c := example(accepting(), client.WithEndpoint("http://127.0.0.1:8080"))
	fmt.Println(c.Endpoint())
	// Output: http://127.0.0.1:8080/
}

func ExampleWithRegion() {
	_, err := client.New(client.WithRegion(""))
	fmt.Println(err)
	// Output: esa: invalid input: WithRegion "" is empty; use a region, for example cn-hangzhou or ap-southeast-1, or leave the option out to call cn-hangzhou
}

func ExampleWithTransport() {
	// Every option works on a single call, too.
	c := example(accepting())
	_, err := c.ApplyCertificate(context.Background(), www, client.WithTransport(refusing(esaerrors.QuotaExceeded)))
	fmt.Println(errors.Is(err, esaerrors.QuotaExceeded))
	// Output: true
}

func ExampleWithHTTPClient() {
	own := &http.Client{Transport: accepting(), Timeout: 5 * time.Second}
	out, err := example(nil, client.WithHTTPClient(own)).ApplyCertificate(context.Background(), www)
	fmt.Println(out.RequestID, err)
	// Output: 156A6B-677B1A-4297B7-9187B7-2B44792 <nil>
}

func ExampleWithClock() {
	at := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)
	c := example(func(req *http.Request) (int, string) {
		fmt.Println(req.Header.Get("x-acs-date"))
		return http.StatusOK, documentedResponse
	}, client.WithClock(func() time.Time { return at }))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// 2026-11-23T07:06:34Z
	// <nil>
}

func ExampleWithNonce() {
	n := 0
	c := example(func(req *http.Request) (int, string) {
		fmt.Println(req.Header.Get("x-acs-signature-nonce"))
		return http.StatusOK, documentedResponse
	}, client.WithNonce(func() string { n++; return fmt.Sprintf("nonce-%d", n) }))
	for range 2 {
		if _, err := c.ApplyCertificate(context.Background(), www); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// nonce-1
	// nonce-2
}

func ExampleWithRetry() {
	busy := refusing(esaerrors.InternalException)
	c := example(busy,
		client.WithRetry(client.RetryPolicy{MaxAttempts: 4, BaseDelay: 100 * time.Millisecond}),
		client.WithJitter(func() float64 { return 1 }), // the longest waits
		client.WithSleep(func(ctx context.Context, d time.Duration) error {
			fmt.Println("wait", d)
			return ctx.Err()
		}))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(errors.Is(err, esaerrors.InternalException))
	// Output:
	// wait 100ms
	// wait 200ms
	// wait 400ms
	// true
}

func ExampleWithoutRetry() {
	calls := 0
	c := example(func(*http.Request) (int, string) { calls++; return http.StatusServiceUnavailable, "" })
	_, err := c.ApplyCertificate(context.Background(), www, client.WithoutRetry())
	fmt.Println(calls, client.Retryable(err))
	// Output: 1 true
}

func ExampleWithSignature() {
	c := example(func(req *http.Request) (int, string) {
		fmt.Println(req.URL.Query().Get("SignatureMethod"))
		return http.StatusOK, documentedResponse
	}, client.WithSignature(signature.RPCHMACSHA1), client.WithMethod(http.MethodGet))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// HMAC-SHA1
	// <nil>
}

func ExampleWithSM3() {
	c := example(func(req *http.Request) (int, string) {
		algorithm, _, _ := strings.Cut(req.Header.Get("Authorization"), " ")
		fmt.Println(algorithm)
		return http.StatusOK, documentedResponse
	}, client.WithSM3(sm3.Sum))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// ACS3-HMAC-SM3
	// <nil>
}

func ExampleWithLogger() {
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey, "took", "nonce":
				return slog.Attr{} // they differ from run to run
			}
			return a
		},
	})
	_, err := example(accepting(), client.WithLogger(slog.New(handler))).ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// level=DEBUG msg="esa: request" operation=ApplyCertificate attempt=1 method=POST host=esa.cn-hangzhou.aliyuncs.com site_id=1234567890123 domains=www.example.com signature=ACS3-HMAC-SHA256 credentials.access_key_id=testid credentials.kind=static
	// level=DEBUG msg="esa: accepted" operation=ApplyCertificate attempt=1 status=200 request_id=156A6B-677B1A-4297B7-9187B7-2B44792
	// <nil>
}

func ExampleWithUserAgent() {
	c := example(func(req *http.Request) (int, string) {
		agent := req.Header.Get("User-Agent")
		fmt.Println(strings.HasPrefix(agent, "esacert-go/"), strings.HasSuffix(agent, " my-tool/1.4"))
		return http.StatusOK, documentedResponse
	}, client.WithUserAgent("my-tool/1.4"))
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// true true
	// <nil>
}

func ExampleWithDebug() {
	at := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC)
	c := example(accepting(),
		client.WithClock(func() time.Time { return at }),
		client.WithNonce(func() string { return "977ab7fb" }),
		client.WithDebug(func(a client.Attempt) { fmt.Printf("%s\n\n%s\n", a.CanonicalRequest, a.StringToSign) }),
	)
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(err)
	// Output:
	// POST
	// /
	// Domains=www.example.com&SiteId=1234567890123
	// host:esa.cn-hangzhou.aliyuncs.com
	// x-acs-action:ApplyCertificate
	// x-acs-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	// x-acs-date:2026-11-23T07:06:34Z
	// x-acs-signature-nonce:977ab7fb
	// x-acs-version:2024-09-10
	//
	// host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version
	// e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	//
	// ACS3-HMAC-SHA256
	// 2a63cbeb07b51286c2bf42b39182274bfc73deac5443c42fa28e9573ea42c3e8
	// <nil>
}

func ExampleWithAttemptTimeout() {
	silent := transportFunc(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	c := example(nil, client.WithTransport(silent), client.WithAttemptTimeout(time.Millisecond), client.WithoutRetry())
	_, err := c.ApplyCertificate(context.Background(), www)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleWithoutValidation() {
	// A server test checks rejections.
	c := example(refusing(esaerrors.InvalidParameterType), client.WithoutValidation())
	_, err := c.ApplyCertificate(context.Background(), client.ApplyCertificateInput{SiteID: 1, Domains: []string{"www.example.com"}, Type: "free"})
	fmt.Println(errors.Is(err, esaerrors.InvalidParameterType))
	// Output: true
}
