package clientrunner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// TestWrongClients: each client does one thing wrong, and each is caught by the
// check that is about it, and by no other that should have passed.
func TestFaultyClientsFail(t *testing.T) {
	t.Parallel()
	with := func(change func(*referenceClient)) adapters.Handler {
		m := newReferenceClient()
		change(m)
		return m.call
	}
	tampered := func(tamper func(*http.Request)) adapters.Handler {
		return with(func(m *referenceClient) { m.signed = tamper })
	}
	returning := func(change func(*adapters.Result)) adapters.Handler {
		return with(func(m *referenceClient) { m.result = change })
	}
	for name, test := range map[string]struct {
		client adapters.Handler
		cases  string // that must fail
		checks []string
	}{
		"reuses nonces": {with(func(m *referenceClient) { m.nonce = func() string { return "0123" } }), "retry/throttled", []string{"request nonce"}},
		"stale date": {
			with(func(m *referenceClient) { m.now = func() time.Time { return time.Now().Add(-16 * time.Minute) } }), "request/post", []string{"request date"},
		},
		"date of the future": {
			with(func(m *referenceClient) { m.now = func() time.Time { return time.Now().Add(16 * time.Minute) } }), "request/rpc", []string{"request date"},
		},
		"wrong method": {with(func(m *referenceClient) { m.method = func(string) string { return "GET" } }), "request/post", []string{"request method"}},
		"wrong path":   {with(func(m *referenceClient) { m.path = "/ApplyCertificate" }), "request/post", []string{"request path"}},
		"wrong action": {with(func(m *referenceClient) { m.action = "ListCertificates" }), "request/post", []string{"request action"}},
		"wrong action as a parameter": {
			with(func(m *referenceClient) { m.action = "ListCertificates" }), "request/rpc", []string{"request parameters", "request action"},
		},
		"old version": {with(func(m *referenceClient) { m.version = "2023-01-01" }), "request/post", []string{"request version"}},
		"loses a parameter": {
			with(func(m *referenceClient) { m.values = func(v url.Values) { v.Del("Type") } }), "request/post", []string{"request parameters"},
		},
		"adds a parameter": {
			with(func(m *referenceClient) { m.values = func(v url.Values) { v.Set("PageSize", "10") } }), "request/post", []string{"request parameters"},
		},
		"sends a parameter twice": {
			with(func(m *referenceClient) { m.values = func(v url.Values) { v.Add("SiteId", "1234567890123") } }), "request/post", []string{"request parameters"},
		},
		"encodes twice": {
			with(func(m *referenceClient) {
				m.values = func(v url.Values) { v.Set("Domains", url.QueryEscape(v.Get("Domains"))) }
			}), "request/special", []string{"request parameters"},
		},
		"SiteId through a float": {
			with(func(m *referenceClient) { m.values = func(v url.Values) { v.Set("SiteId", "9223372036854775808") } }), "request/special", []string{"request parameters"},
		},
		"form instead of query": {
			with(func(m *referenceClient) {
				m.request = func(r *adapters.Request) { r.Placement = adapters.PlacementForm }
			}), "request/post", []string{"request placement"},
		},
		"query instead of form": {
			with(func(m *referenceClient) {
				m.request = func(r *adapters.Request) { r.Placement = adapters.PlacementQuery }
			}), "request/form", []string{"request placement"},
		},
		"query beside a body": {
			with(func(m *referenceClient) {
				m.signed = func(r *http.Request) {
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
				}
			}), "request/rpc", []string{"request placement"},
		},
		"wrong secret": {
			with(func(m *referenceClient) { m.request = func(r *adapters.Request) { r.AccessKeySecret = "x" } }), "request/post", []string{"request signature"},
		},
		"changes what is signed": {
			tampered(func(r *http.Request) { r.Header.Set("X-Acs-Content-Sha256", strings.Repeat("0", 64)) }), "request/post", []string{"request signature"},
		},
		"body type not signed": {
			with(func(m *referenceClient) {
				m.form = ""
				m.signed = func(r *http.Request) { r.Header.Set("Content-Type", formType) }
			}), "request/form", []string{"request signature"},
		},
		"signature that cannot be read": {
			tampered(func(r *http.Request) { r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential") }), "request/post", []string{"request signature"},
		},
		"other scheme": {
			with(func(m *referenceClient) {
				m.request = func(r *adapters.Request) { r.Signature = adapters.SignatureHMACSHA1 }
			}),
			"request/post", []string{"request signature"},
		},
		"other key": {
			with(func(m *referenceClient) { m.request = func(r *adapters.Request) { r.AccessKeyID = "other" } }), "request/post", []string{"request credentials"},
		},
		"no security token": {
			with(func(m *referenceClient) { m.request = func(r *adapters.Request) { r.SecurityToken = "" } }), "request/sts", []string{"request credentials"},
		},
		"other bearer token": {
			with(func(m *referenceClient) { m.request = func(r *adapters.Request) { r.BearerToken = "other" } }), "request/bearer", []string{"request credentials"},
		},
		"bearer token in the query": {
			tampered(func(r *http.Request) {
				r.URL.RawQuery += "&BearerToken=" + r.Header.Get("X-Acs-Bearer-Token")
				r.Header.Del("X-Acs-Bearer-Token")
			}), "request/bearer", []string{"request credentials"},
		},
		"bearer token without its type": {
			tampered(func(r *http.Request) {
				r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "&SignatureType=BEARERTOKEN", "", 1)
			}),
			"request/bearer", []string{"request credentials"},
		},
		"bearer date that is none": {
			tampered(func(r *http.Request) { r.Header.Set("X-Acs-Date", "today") }), "request/bearer", []string{"request date"},
		},
		"secret on the wire": {
			with(func(m *referenceClient) {
				var secret string
				m.request = func(r *adapters.Request) { secret = r.AccessKeySecret }
				m.signed = func(r *http.Request) { r.Header.Set("X-Debug", secret) }
			}), "request/post", []string{"request secrecy"},
		},
		"sends what is no HTTP": {rawExchange("EHLO\r\n\r\n"), "answer/cut", []string{"request http"}},
		"sends though nothing may be sent": {
			with(func(m *referenceClient) { m.request = func(r *adapters.Request) { r.Parameters["SiteId"] = "0" } }),
			"request/none", []string{"attempts", "request parameters", "kind"},
		},
		"sends nothing": {
			func(context.Context, adapters.Request) adapters.Result {
				return fails(adapters.Error{Kind: adapters.KindConnection, Raw: "no"})
			}, "answer/reset", []string{"attempts"},
		},
		"retries unasked": {with(func(m *referenceClient) { m.attempts = func(int) int { return 2 } }), "answer/row", []string{"attempts"}},
		"retries too often": {
			with(func(m *referenceClient) { m.attempts = func(asked int) int { return asked + 1 } }), "answer/html", []string{"attempts"},
		},
		"never retries": {with(func(m *referenceClient) { m.attempts = func(int) int { return 1 } }), "retry/throttled", []string{"attempts", "outcome"}},
		"follows a redirect": {
			with(func(m *referenceClient) { m.http.CheckRedirect = nil }), "answer/redirect",
			[]string{"attempts", "request method", "request path", "request parameters", "request signature", "request nonce", "outcome"},
		},
		"swallows errors": {
			returning(func(r *adapters.Result) {
				if r.Error != nil {
					*r = adapters.Result{Response: &adapters.Response{Body: map[string]any{}}}
				}
			}), "answer/row", []string{"outcome"},
		},
		"invents errors": {
			returning(func(r *adapters.Result) { *r = fails(adapters.Error{Kind: adapters.KindService, Code: "X"}) }), "request/get", []string{"outcome"},
		},
		"loses the status":      {returning(onError(func(e *adapters.Error) { e.Status = 0 })), "answer/html", []string{"status"}},
		"ignores the message":   {returning(onError(func(e *adapters.Error) { e.Message = e.Code })), "answer/row", []string{"message"}},
		"ignores the code":      {returning(onError(func(e *adapters.Error) { e.Code = "Error" })), "answer/denied", []string{"code"}},
		"loses the request id":  {returning(onError(func(e *adapters.Error) { e.RequestID = "" })), "answer/row", []string{"request id"}},
		"takes a row for none":  {returning(onError(func(e *adapters.Error) { e.Kind = adapters.KindResponse })), "answer/row", []string{"kind"}},
		"takes reset for input": {returning(onError(func(e *adapters.Error) { e.Kind = adapters.KindInput })), "answer/reset", []string{"kind"}},
		"neither alternative":   {returning(onError(func(e *adapters.Error) { e.Kind = adapters.KindOther })), "answer/cut", []string{"kind"}},
		"numbers through a float": {
			returning(onBody(func(body map[string]any) {
				number, _ := body["TotalCount"].(json.Number).Float64()
				body["TotalCount"] = number
			})), "answer/large-number", []string{"field TotalCount"},
		},
		"loses a field":          {returning(onBody(func(body map[string]any) { delete(body, "SiteName") })), "answer/gzip", []string{"field SiteName"}},
		"loses the list":         {returning(onBody(func(body map[string]any) { body["Result"] = []any{} })), "answer/large-number", []string{"field Result.0.Id"}},
		"status of its own":      {returning(func(r *adapters.Result) { r.Response.Status = 0 }), "request/post", []string{"status"}},
		"request id of its own":  {returning(onBody(func(body map[string]any) { body["RequestId"] = "R" })), "request/post", []string{"request id", "field RequestId"}},
		"cannot, but has sent":   {returning(func(r *adapters.Result) { *r = fails(adapters.Error{Kind: adapters.KindUnsupported}) }), "request/get", []string{"outcome"}},
		"cannot read gzip":       {returning(func(r *adapters.Result) { *r = fails(adapters.Error{Kind: adapters.KindResponse}) }), "answer/gzip", []string{"outcome"}},
		"query that breaks":      {tampered(func(r *http.Request) { r.URL.RawQuery = "Domains=%zz" }), "answer/reset", []string{"request parameters", "request signature"}},
		"form that breaks":       {with(func(m *referenceClient) { m.encode = func(url.Values) string { return "Domains=%zz" } }), "request/form", []string{"request parameters"}},
		"date that cannot be so": {tampered(func(r *http.Request) { r.Header.Del("X-Acs-Date") }), "request/post", []string{"request signature"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, result := range run(t, test.client, testCases(t, test.cases)) {
				if got := failedChecks(result); !slices.Equal(got, test.checks) || result.Verdict != suite.Failed {
					t.Errorf("%s: %s by %q, want failed by %q\n%s", result.Case, result.Verdict, got, test.checks, explain(result))
				}
			}
		})
	}
}

// TestClientThatDoesNotWait has a clock that stands still while nobody waits: a
// machine that stalls would wait for the client.
func TestMissingRetryDelayFails(t *testing.T) {
	t.Parallel()
	began := time.Now()
	m := newReferenceClient()
	m.pause = func(time.Duration) {}
	results, err := clientrunner.Run(t.Context(), clientrunner.Func("model", m.call), testCases(t, "retry/throttled"), clientrunner.Options{
		Contract: contract(t), Clock: func() time.Time { return began },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := failedChecks(results[0]); !slices.Equal(got, []string{"wait"}) || results[0].Verdict != suite.Failed {
		t.Errorf("%s by %q\n%s", results[0].Verdict, got, explain(results[0]))
	}
}

// wrong names the checks that did not pass.
func failedChecks(result suite.Result) []string {
	var names []string
	for _, check := range result.Checks {
		if check.Verdict != suite.Passed {
			names = append(names, check.Name)
		}
	}
	return names
}

func onError(change func(*adapters.Error)) func(*adapters.Result) {
	return func(r *adapters.Result) {
		if r.Error != nil {
			change(r.Error)
		}
	}
}

func onBody(change func(map[string]any)) func(*adapters.Result) {
	return func(r *adapters.Result) {
		if r.Response != nil {
			change(r.Response.Body)
		}
	}
}

// talk is a client that writes a text to the server and hopes.
func rawExchange(text string) adapters.Handler {
	return func(ctx context.Context, request adapters.Request) adapters.Result {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(request.Endpoint, "http://"))
		if err != nil {
			return fails(adapters.Error{Kind: adapters.KindOther, Raw: err.Error()})
		}
		defer conn.Close()
		_, _ = fmt.Fprint(conn, text)
		_, _ = io.Copy(io.Discard, conn)
		return fails(adapters.Error{Kind: adapters.KindConnection, Raw: "no answer"})
	}
}
