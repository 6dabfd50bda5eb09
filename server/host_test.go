package server_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// receivedFor is the Host header as rewritten by a proxy.
func receivedFor(host string, pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		r.Host = host
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

// sendTo signs for one host and sends the result of tamper.
func (q request) sendTo(t *testing.T, srv *servertest.Server, host string) response {
	t.Helper()
	response, err := srv.Transport().RoundTrip(q.build(t, srv, "http://"+host))
	if err != nil {
		t.Fatal(err)
	}
	return readResponse(t, response)
}

func TestHostRewrittenOnTheWay(t *testing.T) {
	t.Parallel()
	sts := signature.Key{ID: "STS.one", Secret: "stssecret", SecurityToken: "sts-token-one"}
	for _, tc := range []struct {
		name, signed, received string
		request
		more []string // headers of the proxy
	}{
		{name: "the vendor's endpoint", signed: "esa.cn-hangzhou.aliyuncs.com", received: "127.0.0.1:8080"},
		{name: "the other region's", signed: "esa.ap-southeast-1.aliyuncs.com", received: "proxy.internal"},
		{name: "the vendor's endpoint without a region", signed: "esa.aliyuncs.com", received: "proxy.internal:80"},
		{name: "the vendor's endpoint in a VPC", signed: "esa-vpc.cn-hangzhou.aliyuncs.com", received: "10.0.0.7"},
		{name: "the vendor's endpoint with the port received", signed: "esa.cn-hangzhou.aliyuncs.com:8080", received: "upstream:8080"},
		{name: "the vendor's endpoint with the port that its URL leaves out", signed: "esa.cn-hangzhou.aliyuncs.com:443", received: "upstream:8080"},
		{name: "localhost with the port received", signed: "localhost:8080", received: "127.0.0.1:8080"},
		{name: "127.0.0.1 with the port received", signed: "127.0.0.1:8080", received: "esa.test:8080"},
		{name: "IPv6 with the port received", signed: "[::1]:8080", received: "localhost:8080"},
		{name: "localhost without a port", signed: "localhost", received: "upstream:9000"},
		{name: "X-Forwarded-Host", signed: "edge.example.net", received: "upstream:9000", more: []string{"X-Forwarded-Host", "edge.example.net"}},
		{name: "X-Forwarded-Host, several", signed: "edge.example.net:8443", received: "upstream", more: []string{"X-Forwarded-Host", "edge.example.net:8443, inner.example.net"}},
		{name: "X-Forwarded-Host with its port apart", signed: "edge.example.net:8443", received: "upstream", more: []string{"X-Forwarded-Host", "edge.example.net", "X-Forwarded-Port", "8443"}},
		{name: "X-Original-Host", signed: "edge.example.net", received: "upstream", more: []string{"X-Original-Host", "edge.example.net"}},
		{name: "Forwarded", signed: "edge.example.net:8443", received: "upstream", more: []string{"Forwarded", `for=192.0.2.1;proto=https;Host="edge.example.net:8443", for=10.0.0.1;host=inner`}},
		{name: "Origin of a page", signed: "edge.example.net", received: "127.0.0.1:8080", more: []string{"Origin", "https://edge.example.net"}},
		{name: "GET", signed: "localhost", received: "upstream", request: request{method: "GET"}},
		{name: "a temporary key", signed: "localhost", received: "upstream", request: request{key: sts}},
		{name: "SM3", signed: "localhost", received: "upstream", request: request{variant: sm3Variant()}},
		{name: "a JSON body", signed: "localhost", received: "upstream", request: request{header: typed(jsonType), body: `{"Note":1}`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			tc.query, tc.nonce = validQuery("www.example.com"), "one"
			tc.tamper = receivedFor(tc.received, tc.more...)
			a := tc.sendTo(t, srv, tc.signed)
			checkRefused(t, srv, a, esaerrors.SignatureDoesNotMatchACS3)
			want := "signed for host " + tc.signed + ", received for host " + tc.received
			if got := srv.LastEntry().Detail; !strings.Contains(got, want) || strings.Contains(got, "secrets differ") {
				t.Errorf("the journal says %q, want %q", got, want)
			}
			// The caller learns what it learns today, and nothing of the guess.
			if sent := a.err.Message + a.err.Code; strings.Contains(sent, "signed for host") || strings.Contains(sent, tc.signed+"\n") {
				t.Errorf("the response is %s", a.body)
			}
			if strings.Contains(srv.LastEntry().Detail, "sts-token") {
				t.Error("the journal shows a token")
			}
		})
	}
}

func TestHostIsNotBlamedForAnotherMistake(t *testing.T) {
	t.Parallel()
	wrong := signature.Key{ID: "testid", Secret: "wrong"}
	for _, tc := range []struct {
		name, signed string
		request
		want string
	}{
		{"another secret", "upstream", request{key: wrong, tamper: receivedFor("upstream", "X-Forwarded-Host", "edge.example.net")}, "most likely the secrets differ"},
		{"another secret and another host", "localhost", request{key: wrong, tamper: receivedFor("upstream")}, "most likely the secrets differ"},
		{"a name that is not mentioned", "unknown.example.net", request{tamper: receivedFor("upstream")}, "most likely the secrets differ"},
		{"another port", "upstream:81", request{tamper: receivedFor("upstream:80")}, "most likely the secrets differ"},
		{"signature 1.0, which signs no host", "localhost", request{rpc: true, key: wrong, tamper: receivedFor("upstream")}, "most likely the secrets differ"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			tc.query = validQuery("www.example.com")
			if a := tc.sendTo(t, srv, tc.signed); a.err.Code != "SignatureDoesNotMatch" {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if got := srv.LastEntry().Detail; !strings.Contains(got, tc.want) || strings.Contains(got, "signed for host ") {
				t.Errorf("the journal says %q, want %q", got, tc.want)
			}
		})
	}
}

// On a socket the server knows its own port, which a proxy has replaced.
func TestHostOfTheListener(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(srv.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for _, signed := range []string{"localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port, "esa.cn-hangzhou.aliyuncs.com:" + port} {
		t.Run(signed, func(t *testing.T) {
			r := request{query: validQuery("www.example.com"), tamper: receivedFor("proxy.internal")}.build(t, srv, "http://"+signed)
			r.URL.Host = "127.0.0.1:" + port
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			checkRefused(t, srv, readResponse(t, response), esaerrors.SignatureDoesNotMatchACS3)
			if got, want := srv.LastEntry().Detail, "signed for host "+signed+", received for host proxy.internal"; !strings.Contains(got, want) {
				t.Errorf("the journal says %q, want %q", got, want)
			}
		})
	}
}
