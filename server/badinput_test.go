package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// Every bad input gets an error of the contract, in the documented shape, never
// a 5xx, and changes nothing.
func TestBadInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 60)
	for _, tc := range []struct {
		name string
		request
		want *esaerrors.Error
	}{
		{"SiteId missing", request{query: "Domains=www.example.com"}, esaerrors.MissingSiteID},
		{"SiteId in another case", request{query: "siteid=1234567890123&Domains=www.example.com"}, esaerrors.MissingSiteID},
		{"SiteId empty", request{query: "SiteId=&Domains=www.example.com"}, esaerrors.MissingSiteID},
		{"SiteId without a value", request{query: "SiteId&Domains=www.example.com"}, esaerrors.MissingSiteID},
		{"SiteId twice", request{query: "SiteId=1234567890123&SiteId=1234567890123&Domains=www.example.com"}, esaerrors.InvalidSiteID},
		{"SiteId a word", request{query: "SiteId=abc&Domains=www.example.com"}, esaerrors.InvalidSiteID},
		{"SiteId a fraction", request{query: "SiteId=1.0&Domains=www.example.com"}, esaerrors.InvalidSiteID},
		{"SiteId with a space", request{query: "SiteId=+1&Domains=www.example.com"}, esaerrors.InvalidSiteID},
		{"SiteId over int64", request{query: "SiteId=9223372036854775808&Domains=www.example.com"}, esaerrors.InvalidSiteID},
		{"SiteId under int64", request{query: "SiteId=-9223372036854775809&Domains=www.example.com"}, esaerrors.InvalidSiteID},
		{"SiteId the largest int64", request{query: "SiteId=9223372036854775807&Domains=www.example.com"}, esaerrors.SiteNotFound},
		{"SiteId negative", request{query: "SiteId=-1&Domains=www.example.com"}, esaerrors.SiteNotFound},
		{"SiteId zero", request{query: "SiteId=0&Domains=www.example.com"}, esaerrors.SiteNotFound},
		{"no parameters at all", request{}, esaerrors.MissingSiteID},
		{"Domains missing", request{query: "SiteId=1234567890123"}, esaerrors.MissingDomains},
		{"Domains empty", request{query: "SiteId=1234567890123&Domains="}, esaerrors.MissingDomains},
		{"Domains twice", request{query: "SiteId=1234567890123&Domains=a.example.com&Domains=b.example.com"}, esaerrors.InvalidDomains},
		{"Domains is one space", request{query: validQuery(" ")}, esaerrors.InvalidParameterDomainsMalformed},
		{"Domains of commas", request{query: validQuery(",,")}, esaerrors.InvalidParameterDomainsMalformed},
		{"a name too long", request{query: validQuery(strings.Repeat(long+".", 5) + "example.com")}, esaerrors.InvalidParameterDomainsMalformed},
		{"a label too long", request{query: validQuery(long + "aaaa.example.com")}, esaerrors.InvalidParameterDomainsMalformed},
		{"51 names", request{query: validQuery(strings.Join(names(51), ","))}, esaerrors.InvalidParameterDomainsTooMany},
		{"51 names, one malformed", request{query: validQuery(strings.Join(names(50), ",") + ",-.example.com")}, esaerrors.InvalidParameterDomainsMalformed},
		{"a name twice", request{query: validQuery("a.example.com,A.example.com")}, esaerrors.InvalidParameterDomainsAlreadySubmitted},
		{"Domains not UTF-8", request{query: "SiteId=1234567890123&Domains=%ff.example.com"}, esaerrors.InvalidParameterDomainsMalformed},
		{"markup", request{query: validQuery("<script>.example.com")}, esaerrors.InvalidParameterDomainsMalformed},
		{"NUL", request{query: validQuery("a\x00.example.com")}, esaerrors.InvalidParameterDomainsMalformed},
		{"Type unknown", request{query: "SiteId=1234567890123&Domains=www.example.com&Type=bogus"}, esaerrors.InvalidParameterType},
		{"Type in another case", request{query: "SiteId=1234567890123&Domains=www.example.com&Type=LETS_ENCRYPT"}, esaerrors.InvalidParameterType},
		{"Type as the table writes it", request{query: "SiteId=1234567890123&Domains=www.example.com&Type=lets.encrypt"}, esaerrors.InvalidParameterType},
		{"Type twice", request{query: "SiteId=1234567890123&Domains=www.example.com&Type=lets_encrypt&Type=lets_encrypt"}, esaerrors.InvalidParameterType},
		{"wildcard for digicert_single", request{query: "SiteId=1234567890123&Domains=*.example.com&Type=digicert_single"}, esaerrors.InvalidParameterDomainsMalformed},
		{"plain for digicert_wildcard", request{query: "SiteId=1234567890123&Domains=www.example.com&Type=digicert_wildcard"}, esaerrors.InvalidParameterDomainsMalformed},
		{"Format XML", request{query: validQuery("www.example.com") + "&Format=XML"}, esaerrors.InvalidParameterFormat},
		{"action missing", request{query: validQuery("www.example.com"), action: "-"}, esaerrors.MissingAction},
		{"action unknown", request{query: validQuery("www.example.com"), action: "DropCertificate"}, esaerrors.InvalidActionNotFound},
		{"action unknown, signature 1.0", request{query: validQuery("www.example.com"), action: "DropCertificate", rpc: true}, esaerrors.InvalidActionNotFound},
		{"version missing", request{query: validQuery("www.example.com"), version: "-"}, esaerrors.MissingVersion},
		{"version wrong", request{query: validQuery("www.example.com"), version: "2014-01-01"}, esaerrors.InvalidVersion},
		{"path wrong", request{path: "/v1/certificates", query: validQuery("www.example.com")}, esaerrors.InvalidActionNotFound},
		{"PUT", request{method: "PUT", query: validQuery("www.example.com")}, esaerrors.UnsupportedHTTPMethod},
		{"DELETE", request{method: "DELETE", query: validQuery("www.example.com")}, esaerrors.UnsupportedHTTPMethod},
		{"OPTIONS", request{method: "OPTIONS", query: validQuery("www.example.com")}, esaerrors.UnsupportedHTTPMethod},
		{"SiteId in query and form", request{query: "SiteId=1234567890123", body: validQuery("www.example.com"), form: true}, esaerrors.InvalidSiteID},
		{"body too large", request{query: validQuery("www.example.com"), body: strings.Repeat("x", 70_000)}, esaerrors.RequestEntityTooLarge},
		{"URL too long", request{query: validQuery("www.example.com") + "&x=" + strings.Repeat("x", 20_000)}, esaerrors.RequestURITooLong},
		{"Host too large", request{query: validQuery("www.example.com"), tamper: func(r *http.Request) { r.Host = strings.Repeat("h", 20_000) }}, esaerrors.RequestHeaderTooLarge},
		{"header too large", request{query: validQuery("www.example.com"), header: http.Header{"X-Large": {strings.Repeat("x", 20_000)}}}, esaerrors.RequestHeaderTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			checkRefused(t, srv, tc.send(t, srv), tc.want)
			if stored := srv.Applications(); len(stored) != 0 {
				t.Errorf("it stored %v", stored)
			}
		})
	}
}

// ESA itself responds to a wrong method with status 403 and this message. The
// literals are repeated here, because clients depend on them.
func TestWrongMethodIsForbidden(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			a := request{method: method, query: validQuery("www.example.com")}.send(t, srv)
			if a.status != http.StatusForbidden {
				t.Errorf("status is %d, want 403", a.status)
			}
			if a.err.Code != "UnsupportedHTTPMethod" || a.err.Message != "This http method is not supported." {
				t.Errorf("response is %s", a.body)
			}
			if rule := srv.LastEntry().Rule; rule != "UnsupportedHTTPMethod" {
				t.Errorf("journal has rule %s", rule)
			}
		})
	}
}

// What the signing functions would not sign is broken after signing; the
// signature is then irrelevant, because the query cannot be parsed.
func TestUndecodableQuery(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, query string
		want        *esaerrors.Error
	}{
		{"Domains with a broken escape", "SiteId=1&Domains=%zz", esaerrors.InvalidDomains},
		{"SiteId with a broken escape", "SiteId=%4&Domains=a", esaerrors.InvalidSiteID},
		{"another parameter", "SiteId=1&Domains=a&x=%", esaerrors.InvalidParameter},
	} {
		for _, rpc := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, rpc %v", tc.name, rpc), func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				q := request{query: "a=b", rpc: rpc, tamper: func(r *http.Request) { r.URL.RawQuery += "&" + tc.query }}
				checkRefused(t, srv, q.send(t, srv), tc.want)
			})
		}
	}
}

// talk writes bytes on a connection and reads one response.
func talk(t *testing.T, address string, wire string, closeWrite bool) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.Copy(conn, strings.NewReader(wire)) // the server may hang up before the end
		if closeWrite {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	return response
}

// Malformed or incomplete HTTP gets the documented form too. These go over
// a socket, because no HTTP client would send them.
func TestBrokenHTTP(t *testing.T) {
	t.Parallel()
	head := "POST /?" + validQuery("www.example.com") + " HTTP/1.1\r\nHost: esa.test\r\n"
	for _, tc := range []struct {
		name, wire string
		closeWrite bool
		want       *esaerrors.Error
	}{
		{"no HTTP", "hello\r\n\r\n", false, esaerrors.BadRequest},
		{"Content-Length is a word", head + "Content-Length: many\r\n\r\n", false, esaerrors.BadRequest},
		{"Content-Length twice", head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", false, esaerrors.BadRequest},
		{"Content-Length negative", head + "Content-Length: -1\r\n\r\n", false, esaerrors.BadRequest},
		{"transfer coding unknown", head + "Transfer-Encoding: gzip\r\n\r\n", false, esaerrors.BadRequest},
		{"chunk of rubbish", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, esaerrors.BadRequest},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: esa.test\r\n\r\n", false, esaerrors.InvalidActionNotFound},
		{"unknown expectation", head + "Expect: miracle\r\nContent-Length: 1\r\n\r\n", false, esaerrors.BadRequest},
		{"no Host", "POST / HTTP/1.1\r\n\r\n", false, esaerrors.BadRequest},
		{"header without end", head + "X-Long: " + strings.Repeat("x", 4<<20), false, esaerrors.RequestHeaderTooLarge},
		{"header name with a space", head + "Bad Name: x\r\n\r\n", false, esaerrors.BadRequest},
		{"query of 1 MB", "POST /?SiteId=1&Domains=" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: esa.test\r\n\r\n", false, esaerrors.RequestURITooLong},
		{"body shorter than announced", head + "Content-Length: 100\r\n\r\nabc", true, esaerrors.BadRequest},
		{"body that never arrives", head + "Content-Length: 100\r\n\r\nabc", false, esaerrors.RequestTimeout},
		{"chunked body that never ends", head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false, esaerrors.RequestTimeout},
		{"chunked body too large", head + "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + strings.Repeat("x", 0x20000) + "\r\n0\r\n\r\n", false, esaerrors.RequestEntityTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var options []servertest.Option
			if tc.want == esaerrors.RequestTimeout {
				options = append(options, impatient(t))
			}
			srv := newServer(t, options...)
			a := readResponse(t, talk(t, srv.URL(), tc.wire, tc.closeWrite))
			if a.status != tc.want.Status || a.err.Code != tc.want.Code || a.err.Message != tc.want.Message || a.err.RequestID == "" {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, tc.want.Status, tc.want.Code)
			}
			if a.header.Get("Content-Type") != "application/json;charset=utf-8" || a.header.Get("X-Acs-Request-Id") != a.err.RequestID {
				t.Errorf("header is %v", a.header)
			}
			if last := srv.LastEntry(); last.Rule != tc.want.Key || last.RequestID != a.err.RequestID {
				t.Errorf("the journal has %s", last.Rule)
			}
			if stored := srv.Applications(); len(stored) != 0 {
				t.Errorf("it stored %v", stored)
			}
		})
	}
}

// impatient is the configuration with a short time for a request to arrive, which
// is still enough for its header.
func impatient(t *testing.T) servertest.Option {
	t.Helper()
	yaml := string(states(t))
	short := strings.Replace(yaml, "limits: {", "limits: {read_timeout: 3s, ", 1)
	if short == yaml {
		t.Fatal("the configuration has no limits to add to")
	}
	return servertest.WithConfig(short)
}

// A valid request after a malformed one, on another connection, is accepted: only
// net/http's own responses are replaced.
func TestGoodRequestOverTheSocket(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for range 3 {
		readResponse(t, talk(t, srv.URL(), "hello\r\n\r\n", false))
	}
	for i, method := range []string{"POST", "GET"} {
		q := request{method: method, query: validQuery(names(2)[i])}
		response, err := http.DefaultClient.Do(q.build(t, srv, srv.URL()))
		if err != nil {
			t.Fatal(err)
		}
		if a := readResponse(t, response); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", method, a.status, a.body)
		}
	}
}

// Forms, whole and in chunks, as the vendor's clients send them.
func TestFormBody(t *testing.T) {
	t.Parallel()
	for _, rpc := range []bool{false, true} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("rpc %v chunked %v", rpc, chunked), func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				q := request{rpc: rpc, form: true, body: validQuery("*.example.com,b\u00fccher.example.com")}
				r := q.build(t, srv, srv.URL())
				if chunked {
					r.Body, r.ContentLength = io.NopCloser(bytes.NewReader([]byte(q.body))), -1
				}
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				a := readResponse(t, response)
				if a.status != http.StatusOK || a.ok.TotalCount != 2 || a.ok.Result[0].Domain != "*.example.com" {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
		}
	}
}

// Signature and parameters detect a form alike, whatever parameters its type has:
// otherwise a signed field could be lost.
func TestFormDetectionMatchesSigner(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	q := request{rpc: true, query: "SiteId=1234567890123&Domains=www.example.com", body: "Type=digicert_single", form: true,
		tamper: set("Content-Type", "application/x-www-form-urlencoded; x")}
	if a := q.send(t, srv); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if typ := srv.Applications()[0].Type; typ != "digicert_single" {
		t.Errorf("the signed type was digicert_single, stored is %s", typ)
	}
}

// A large Host is truncated in the response.
func TestErrorResponsesAreBounded(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	a := request{unsign: true, tamper: func(r *http.Request) { r.Host = strings.Repeat("h", 100_000) }}.send(t, srv)
	if len(a.body) > 2000 {
		t.Errorf("the response has %d bytes", len(a.body))
	}
}

// A body that is neither a form nor JSON is signed, and otherwise ignored.
func TestOtherBodiesAreIgnored(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	q := request{query: validQuery("www.example.com"), body: `{"SiteId": 5}`, header: http.Header{"Content-Type": {"text/plain"}}}
	if a := q.send(t, srv); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Later SDKs send parameters that the page does not know.
func TestUnknownParametersAreIgnored(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	if a := (request{query: validQuery("www.example.com") + "&AlgType=RSA&RegionId=cn-hangzhou&Type2=x"}).send(t, srv); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestTypeDefaultsToLetsEncrypt(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"SiteId=1234567890123&Domains=www.example.com", "SiteId=1234567890123&Domains=www.example.com&Type="} {
		srv := newServer(t)
		if a := (request{query: query}).send(t, srv); a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", query, a.status, a.body)
		}
		if typ := srv.Applications()[0].Type; typ != "lets_encrypt" {
			t.Errorf("%s: type %q", query, typ)
		}
	}
}
