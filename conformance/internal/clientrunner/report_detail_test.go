package clientrunner_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// A known mistake is named with the first difference. Otherwise the expected string is
// shown.
func TestInvalidSignatureIsExplained(t *testing.T) {
	t.Parallel()
	client := newReferenceClient()
	client.method = func(string) string { return "POST" }
	client.signed = func(r *http.Request) { r.Method = "GET" }
	known := run(t, client.call, testCases(t, "request/get"))[0]
	if got := checkNamed(known, "request signature"); !strings.Contains(got.Reason, "method") || strings.Contains(got.Reason, "no known mistake") {
		t.Errorf("got %s", got.Reason)
	}
	if got := known.Exchanges[0].Difference; !strings.Contains(got, "line 1 (method) differs") || !strings.Contains(got, `"GET"`) || !strings.Contains(got, `"POST"`) {
		t.Errorf("got %s", got)
	}
	client = newReferenceClient()
	client.signed = func(r *http.Request) { r.Header.Set("X-Acs-Security-Token", "STS/other") }
	unknown := run(t, client.call, testCases(t, "request/sts"))[0]
	got := unknown.Exchanges[0].Difference
	for _, part := range []string{"no known mistake", "Expected:\n", "\nx-acs-action:ApplyCertificate\n"} {
		if !strings.Contains(got, part) {
			t.Errorf("the difference lacks %q:\n%s", part, got)
		}
	}
	if strings.Contains(got, "STS/other") {
		t.Errorf("a token is shown:\n%s", got)
	}
}

// Exchanges also contain what the script did to the connection.
func TestExchangesAreVerbatim(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]struct{ request, response, failure string }{
		"request/rpc-form": {"\r\nContent-Type: application/x-www-form-urlencoded\r\n", "HTTP/1.1 200 OK\r\n", ""},
		"response/gzip":    {"POST /?Domains=www.example.com&SiteId=1234567890123 HTTP/1.1\r\nHost: 127.0.0.1:", "\r\nContent-Encoding: gzip\r\n", ""},
		"response/cut":     {"POST /?", "\r\n\r\n{\"RequestId\":\"156A6B", "the connection was closed here, as scripted"},
		"response/reset":   {"POST /?", "", "the connection was reset, as scripted"},
		"response/slow":    {"POST /?", "", "not sent: the call had already ended"},
	} {
		result := run(t, newReferenceClient().call, testCases(t, id))[0]
		if len(result.Exchanges) != 1 {
			t.Fatalf("%s: %d exchanges", id, len(result.Exchanges))
		}
		got := result.Exchanges[0]
		if !strings.Contains(got.Request, want.request) || !strings.Contains(got.Response, want.response) || got.Error != want.failure || got.Duration < 0 {
			t.Errorf("%s: got %+v", id, got)
		}
		if want.response == "" && got.Response != "" {
			t.Errorf("%s: got response %q", id, got.Response)
		}
	}
	zipped := run(t, newReferenceClient().call, testCases(t, "response/gzip"))[0].Exchanges[0].Response
	if !strings.Contains(zipped, `bytes of gzip:] {"RequestId":`) {
		t.Errorf("got %q", zipped)
	}
}

// The client prints and sends its secrets wherever it can.
func TestResultsRedactSecrets(t *testing.T) {
	t.Parallel()
	client := newReferenceClient()
	var leak string
	client.request = func(r *adapters.Request) { leak = r.AccessKeySecret + " " + r.SecurityToken + " " + r.BearerToken }
	client.signed = func(r *http.Request) { r.Header.Set("X-Debug", leak) }
	client.result = func(r *adapters.Result) {
		*r = fails(adapters.Error{Kind: adapters.KindOther, Message: leak, Raw: leak})
	}
	for _, c := range testCases(t, "request/*") {
		results := run(t, client.call, []suite.Case{c})
		output, err := json.Marshal(results)
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for _, purpose := range []string{"secret", "token", "bearer token"} {
			secret := secretPart(purpose, c.ID)
			if strings.Contains(string(output), secret) {
				t.Errorf("%s: the %s is shown in %s", c.ID, purpose, output)
			}
			if strings.Contains(leak, secret) {
				shown++
			}
		}
		if !strings.Contains(string(output), "[secret]") || shown == 0 {
			t.Errorf("%s: no secret was redacted: %s", c.ID, output)
		}
	}
}

// The credentials are equal in every run.
func TestEachCaseHasUniqueCredentials(t *testing.T) {
	t.Parallel()
	first, second := map[string]string{}, map[string]string{}
	for _, into := range []map[string]string{first, second} {
		client := newReferenceClient()
		for _, c := range testCases(t, "request/*") {
			client.request = func(r *adapters.Request) {
				into[r.ID] = r.AccessKeyID + r.AccessKeySecret + r.SecurityToken + r.BearerToken
			}
			run(t, client.call, []suite.Case{c})
		}
	}
	owner := map[string]string{}
	for id, creds := range first {
		if other, taken := owner[creds]; taken || creds != second[id] || len(creds) < 24 {
			t.Errorf("%s has the credentials of %s, or different ones in the next run", id, other)
		}
		owner[creds] = id
	}
}

func checkNamed(result suite.Result, name string) suite.Check {
	for _, check := range result.Checks {
		if check.Name == name {
			return check
		}
	}
	return suite.Check{}
}
