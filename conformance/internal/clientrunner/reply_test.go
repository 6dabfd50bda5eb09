package clientrunner

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// baseTime returns the time at which the replies are sent.
func baseTime() time.Time { return time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC) }

func testScript(t testing.TB) script {
	t.Helper()
	contract, err := suite.ReadContract()
	if err != nil {
		t.Fatal(err)
	}
	return script{id: "case", contract: contract.Operation, endpoint: "http://127.0.0.1:8080"}
}

// The expected responses are those of the real gateway, byte by byte.
func TestWire(t *testing.T) {
	t.Parallel()
	s := testScript(t)
	for name, test := range map[string]struct {
		reply suite.Reply
		want  string
	}{
		"error of the service": {
			suite.Reply{Row: "SiteNotFound"},
			`HTTP/1.1 400 Bad Request
Date: Mon, 23 Nov 2026 07:06:34 GMT
Content-Type: application/json;charset=utf-8
Content-Length: 269
Connection: keep-alive
Keep-Alive: timeout=25
Access-Control-Allow-Origin: *
Access-Control-Expose-Headers: *
x-acs-request-id: ID
x-acs-trace-id: TRACE

{"RequestId":"ID","HostId":"127.0.0.1:8080","Code":"SiteNotFound","Message":"The specified site is not found.","Recommend":"https://api.aliyun.com/troubleshoot?q=SiteNotFound&product=ESA&requestId=ID"}`,
		},
		"error of the gateway with a header": {
			suite.Reply{Row: "Throttling", Headers: []suite.Parameter{{Name: "x-acs-retry-after", Value: "600"}}},
			`HTTP/1.1 400 Bad Request
Date: Mon, 23 Nov 2026 07:06:34 GMT
Content-Type: application/json;charset=utf-8
Content-Length: 278
Connection: keep-alive
Keep-Alive: timeout=25
Access-Control-Allow-Origin: *
Access-Control-Expose-Headers: *
x-acs-request-id: ID
x-acs-trace-id: TRACE
x-acs-retry-after: 600

{"RequestId":"ID","Message":"Request was denied due to request throttling.","Recommend":"https://api.aliyun.com/troubleshoot?q=Throttling&product=ESA&requestId=ID","HostId":"127.0.0.1:8080","Code":"Throttling"}`,
		},
		"response": {
			suite.Reply{Status: 200, Body: `{"RequestId":"${request_id}"}`},
			`HTTP/1.1 200 OK
Date: Mon, 23 Nov 2026 07:06:34 GMT
Content-Type: application/json;charset=utf-8
Content-Length: 52
Connection: keep-alive
Keep-Alive: timeout=25
Access-Control-Allow-Origin: *
Access-Control-Expose-Headers: *
x-acs-request-id: ID
x-acs-trace-id: TRACE
ETag: TAG

{"RequestId":"ID"}`,
		},
		"page of a proxy in front of the gateway": {
			suite.Reply{Status: 302, ContentType: "text/html", Headers: []suite.Parameter{
				{Name: "Location", Value: "${endpoint}/elsewhere"}, {Name: "connection", Value: ""}, {Name: "content-type", Value: "text/plain"},
			}},
			`HTTP/1.1 302 Found
Date: Mon, 23 Nov 2026 07:06:34 GMT
Content-Length: 0
Location: http://127.0.0.1:8080/elsewhere
content-type: text/plain

`,
		},
		"no content": {
			suite.Reply{Status: 204, Body: "x"},
			`HTTP/1.1 204 No Content
Date: Mon, 23 Nov 2026 07:06:34 GMT
Connection: keep-alive
Keep-Alive: timeout=25
Access-Control-Allow-Origin: *
Access-Control-Expose-Headers: *

`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := s.reply(0, []suite.Reply{test.reply})
			if err != nil {
				t.Fatal(err)
			}
			head, body := r.wire(baseTime())
			got := strings.ReplaceAll(string(head)+string(body), "\r\n", "\n")
			got = strings.ReplaceAll(got, s.requestID(0), "ID")
			got = regexp.MustCompile(`trace-id: [0-9a-f]{32}\n`).ReplaceAllString(got, "trace-id: TRACE\n")
			got = regexp.MustCompile(`ETag: 5[A-Za-z0-9+/]{22}2\n`).ReplaceAllString(got, "ETag: TAG\n")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	if !regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}$`).MatchString(s.requestID(0)) || s.requestID(0) == s.requestID(1) {
		t.Errorf("request ids %s and %s", s.requestID(0), s.requestID(1))
	}
}

// The response is one of the real gateway, from a public source.
func TestETag(t *testing.T) {
	t.Parallel()
	const body = `{"RequestId":"7F75E7B4-4636-53B4-A8DE-5FC4A9E1F876"}`
	if got, want := etag([]byte(body)), "5TMxmkRtXpXAdkf/r7rDdEA2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Every error and example of the contract is parsed again.
func TestEveryReplyIsHTTP(t *testing.T) {
	t.Parallel()
	s := testScript(t)
	replies := []suite.Reply{{Example: "documented"}, {Example: "documented", Gzip: true}}
	for _, e := range append(esaops.ApplyCertificate.Errors, esaerrors.Gateway()...) {
		replies = append(replies, suite.Reply{Row: e.Key})
	}
	for i, reply := range replies {
		made, err := s.reply(i, replies)
		if err != nil {
			t.Fatal(err)
		}
		head, body := made.wire(baseTime())
		resp, err := http.ReadResponse(bufferedReader(append(head, body...)), nil)
		if err != nil {
			t.Fatalf("%+v: %v", reply, err)
		}
		from := io.Reader(resp.Body)
		if reply.Gzip {
			if from, err = gzip.NewReader(resp.Body); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := io.ReadAll(from)
		if err != nil || requestIDOf(raw) != resp.Header.Get("X-Acs-Request-Id") || requestIDOf(raw) == "" {
			t.Errorf("%+v: %v, body %s, header %v", reply, err, raw, resp.Header)
		}
		if row, known := esaerrors.ByKey(reply.Row); known && (resp.StatusCode != row.Status || !bytes.Contains(raw, []byte(row.Code))) {
			t.Errorf("%s: status %d, body %s", reply.Row, resp.StatusCode, raw)
		}
	}
}

func TestInvalidScript(t *testing.T) {
	t.Parallel()
	s := testScript(t)
	for name, reply := range map[string]suite.Reply{
		"unknown row":     {Row: "NoSuchRow"},
		"unknown example": {Example: "invented"},
	} {
		if made, err := s.reply(0, []suite.Reply{reply}); err == nil {
			t.Errorf("%s: got %+v", name, made)
		}
	}
	if made, err := s.reply(0, nil); err != nil || made.status != 500 {
		t.Errorf("without a script: %+v, %v", made, err)
	}
	again, err := s.reply(7, []suite.Reply{{Row: "Throttling"}, {Status: 207}})
	if err != nil || again.status != 207 {
		t.Errorf("beyond the script: %+v, %v", again, err)
	}
}
