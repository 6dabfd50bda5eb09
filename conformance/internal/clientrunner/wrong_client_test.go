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

// Each client makes one mistake and fails exactly the checks for it.
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
		"wrong action": {with(func(m *referenceClient) { m.action = func(string) string { return "ListCertificates" } }), "request/post", []string{"request action"}},
		"wrong action parameter": {
			with(func(m *referenceClient) { m.action = func(string) string { return "ListCertificates" } }), "request/rpc", []string{"request parameters", "request action"},
		},
		"action of another operation": {
			with(func(m *referenceClient) { m.action = func(string) string { return "ApplyCertificate" } }), "request/operation", []string{"request action"},
		},
		"method of another operation": {
			with(func(m *referenceClient) { m.method = func(string) string { return "POST" } }), "request/operation", []string{"request method"},
		},
		"query instead of the form of an operation": {
			with(func(m *referenceClient) {
				m.request = func(r *adapters.Request) { r.Placement = adapters.PlacementQuery }
			}), "request/operation-form", []string{"request placement"},
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
		"query and a body": {
			with(func(m *referenceClient) {
				m.signed = func(r *http.Request) {
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader("{}")), 2
				}
			}), "request/rpc", []string{"request placement"},
		},
		"wrong secret": {
			with(func(m *referenceClient) { m.request = func(r *adapters.Request) { r.AccessKeySecret = "x" } }), "request/post", []string{"request signature"},
		},
		"changes the body hash": {
			tampered(func(r *http.Request) { r.Header.Set("X-Acs-Content-Sha256", strings.Repeat("0", 64)) }), "request/post", []string{"request signature"},
		},
		"body type not signed": {
			with(func(m *referenceClient) {
				m.form = ""
				m.signed = func(r *http.Request) { r.Header.Set("Content-Type", formType) }
			}), "request/form", []string{"request signature"},
		},
		"invalid signature header": {
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
		"invalid bearer date": {
			tampered(func(r *http.Request) { r.Header.Set("X-Acs-Date", "today") }), "request/bearer", []string{"request date"},
		},
		"secret on the wire": {
			with(func(m *referenceClient) {
				var secret string
				m.request = func(r *adapters.Request) { secret = r.AccessKeySecret }
				m.signed = func(r *http.Request) { r.Header.Set("X-Debug", secret) }
			}), "request/post", []string{"request secrecy"},
		},
		"does not send HTTP": {rawExchange("EHLO\r\n\r\n"), "response/cut", []string{"request http"}},
		"sends an invalid call": {
			with(func(m *referenceClient) { m.request = func(r *adapters.Request) { r.Parameters["SiteId"] = "0" } }),
			"request/none", []string{"attempts", "request parameters", "kind"},
		},
		"sends nothing": {
			func(context.Context, adapters.Request) adapters.Result {
				return fails(adapters.Error{Kind: adapters.KindConnection, Raw: "no"})
			}, "response/reset", []string{"attempts"},
		},
		"retries by default": {with(func(m *referenceClient) { m.attempts = func(int) int { return 2 } }), "response/row", []string{"attempts"}},
		"retries too often": {
			with(func(m *referenceClient) { m.attempts = func(limit int) int { return limit + 1 } }), "response/html", []string{"attempts"},
		},
		"never retries": {with(func(m *referenceClient) { m.attempts = func(int) int { return 1 } }), "retry/throttled", []string{"attempts", "outcome"}},
		"follows a redirect": {
			with(func(m *referenceClient) { m.http.CheckRedirect = nil }), "response/redirect",
			[]string{"attempts", "request method", "request path", "request parameters", "request signature", "request nonce", "outcome"},
		},
		"swallows errors": {
			returning(func(r *adapters.Result) {
				if r.Error != nil {
					*r = adapters.Result{Response: &adapters.Response{Body: map[string]any{}}}
				}
			}), "response/row", []string{"outcome"},
		},
		"invents errors": {
			returning(func(r *adapters.Result) { *r = fails(adapters.Error{Kind: adapters.KindService, Code: "X"}) }), "request/get", []string{"outcome"},
		},
		"loses the status":       {returning(onError(func(e *adapters.Error) { e.Status = 0 })), "response/html", []string{"status"}},
		"ignores the message":    {returning(onError(func(e *adapters.Error) { e.Message = e.Code })), "response/row", []string{"message"}},
		"ignores the code":       {returning(onError(func(e *adapters.Error) { e.Code = "Error" })), "response/denied", []string{"code"}},
		"loses the request id":   {returning(onError(func(e *adapters.Error) { e.RequestID = "" })), "response/row", []string{"request id"}},
		"wrong kind of a row":    {returning(onError(func(e *adapters.Error) { e.Kind = adapters.KindResponse })), "response/row", []string{"kind"}},
		"wrong kind of a reset":  {returning(onError(func(e *adapters.Error) { e.Kind = adapters.KindInput })), "response/reset", []string{"kind"}},
		"no allowed alternative": {returning(onError(func(e *adapters.Error) { e.Kind = adapters.KindOther })), "response/cut", []string{"kind"}},
		"numbers through a float": {
			returning(onBody(func(body map[string]any) {
				number, _ := body["TotalCount"].(json.Number).Float64()
				body["TotalCount"] = number
			})), "response/large-number", []string{"field TotalCount"},
		},
		"loses a field":         {returning(onBody(func(body map[string]any) { delete(body, "SiteName") })), "response/gzip", []string{"field SiteName"}},
		"loses the list":        {returning(onBody(func(body map[string]any) { body["Result"] = []any{} })), "response/large-number", []string{"field Result.0.Id"}},
		"invents a status":      {returning(func(r *adapters.Result) { r.Response.Status = 0 }), "request/post", []string{"status"}},
		"invents a request id":  {returning(onBody(func(body map[string]any) { body["RequestId"] = "R" })), "request/post", []string{"request id", "field RequestId"}},
		"unsupported, but sent": {returning(func(r *adapters.Result) { *r = fails(adapters.Error{Kind: adapters.KindUnsupported}) }), "request/get", []string{"outcome"}},
		"cannot read gzip":      {returning(func(r *adapters.Result) { *r = fails(adapters.Error{Kind: adapters.KindResponse}) }), "response/gzip", []string{"outcome"}},
		"invalid query":         {tampered(func(r *http.Request) { r.URL.RawQuery = "Domains=%zz" }), "response/reset", []string{"request parameters", "request signature"}},
		"invalid form":          {with(func(m *referenceClient) { m.encode = func(url.Values) string { return "Domains=%zz" } }), "request/form", []string{"request parameters"}},
		"missing date":          {tampered(func(r *http.Request) { r.Header.Del("X-Acs-Date") }), "request/post", []string{"request signature"}},
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

// The clock is constant, so that a slow machine does not add the missing delay.
func TestMissingRetryDelayFails(t *testing.T) {
	t.Parallel()
	start := time.Now()
	m := newReferenceClient()
	m.pause = func(time.Duration) {}
	results, err := clientrunner.Run(t.Context(), clientrunner.Func("model", m.call), testCases(t, "retry/throttled"), clientrunner.Options{
		Contract: contract(t), Clock: func() time.Time { return start },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := failedChecks(results[0]); !slices.Equal(got, []string{"wait"}) || results[0].Verdict != suite.Failed {
		t.Errorf("%s by %q\n%s", results[0].Verdict, got, explain(results[0]))
	}
}

// failedChecks returns the names of the checks that did not pass.
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

// rawExchange returns a client that writes data to the server and reads until EOF.
func rawExchange(data string) adapters.Handler {
	return func(ctx context.Context, request adapters.Request) adapters.Result {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(request.Endpoint, "http://"))
		if err != nil {
			return fails(adapters.Error{Kind: adapters.KindOther, Raw: err.Error()})
		}
		defer conn.Close()
		_, _ = fmt.Fprint(conn, data)
		_, _ = io.Copy(io.Discard, conn)
		return fails(adapters.Error{Kind: adapters.KindConnection, Raw: "no response"})
	}
}
