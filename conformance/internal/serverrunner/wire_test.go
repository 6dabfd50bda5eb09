package serverrunner

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/suite"
)

func testBuilder() *builder {
	return &builder{
		host: "esa.example",
		targets: &suite.Targets{
			Keys: map[string]suite.Key{
				"account": {ID: "id", Secret: "secret"},
				"sts":     {ID: "STS.id", Secret: "secret", SecurityToken: "token"},
				"bearer":  {BearerToken: "bearer"},
			},
			Sites: map[string]suite.Site{"active": {ID: 5, Name: "active.example"}},
		},
		unique: "u1",
		now:    func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
		nonce:  func() string { return "n1" },
	}
}

// crlf joins lines with CRLF.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") }

func TestRequestsOnTheWire(t *testing.T) {
	t.Parallel()
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	common := []string{"Host: esa.example", "User-Agent: esaconform", "Accept: application/json"}
	scheme := func(hash string) []string {
		return []string{"x-acs-action: ApplyCertificate", "x-acs-version: 2024-09-10", "x-acs-date: 2026-11-23T12:00:00Z",
			"x-acs-signature-nonce: n1", "x-acs-content-sha256: " + hash}
	}
	body := "{}"
	none := ""
	for _, tc := range []struct {
		name    string
		request suite.Request
		line    string
		added   []string // between the common headers and those of the scheme
		hash    string
		end     []string
	}{
		{
			"parameters in order, repeats kept",
			suite.Request{Scheme: "none", Parameters: []suite.Parameter{{Name: "b", Value: "1 +*~"}, {Name: "a", Value: "${site.active.id}"}, {Name: "b", Value: "ü"}}},
			"POST /?b=1%20%2B%2A~&a=5&b=%C3%BC HTTP/1.1", nil, empty, []string{"Content-Length: 0", "", ""},
		},
		{
			"raw query", suite.Request{Scheme: "none", Method: "GET", RawQuery: "a=%zz&&+;b"},
			"GET /?a=%zz&&+;b HTTP/1.1", nil, empty, []string{"", ""},
		},
		{
			"path", suite.Request{Scheme: "none", Method: "DELETE", Path: "/a%2Fb/"},
			"DELETE /a%2Fb/ HTTP/1.1", nil, empty, []string{"", ""},
		},
		{
			"form", suite.Request{Scheme: "none", Placement: "form", Parameters: []suite.Parameter{{Name: "a", Value: "b"}}},
			"POST / HTTP/1.1", []string{"Content-Type: application/x-www-form-urlencoded"}, acs3Of("").hash("a=b"), []string{"Content-Length: 3", "", "a=b"},
		},
		{
			"chunks", suite.Request{Scheme: "none", Placement: "chunked", Parameters: []suite.Parameter{{Name: "a", Value: "0123456789abcdef"}}},
			"POST / HTTP/1.1", []string{"Content-Type: application/x-www-form-urlencoded"}, acs3Of("").hash("a=0123456789abcdef"),
			[]string{"Transfer-Encoding: chunked", "", "10", "a=0123456789abcd", "2", "ef", "0", "", ""},
		},
		{
			"body and parameters", suite.Request{Scheme: "none", Body: &body, Parameters: []suite.Parameter{{Name: "a", Value: "b"}}},
			"POST /?a=b HTTP/1.1", nil, acs3Of("").hash("{}"), []string{"Content-Length: 2", "", "{}"},
		},
		{
			"empty body", suite.Request{Scheme: "none", Body: &none, Placement: "chunked"},
			"POST / HTTP/1.1", []string{"Content-Type: application/x-www-form-urlencoded"}, empty, []string{"Transfer-Encoding: chunked", "", "0", "", ""},
		},
		{
			"framing set by the case", suite.Request{Scheme: "none", Body: &body, Headers: []suite.Parameter{{Name: "Content-Length", Value: "1"}}},
			"POST / HTTP/1.1", []string{"Content-Length: 1"}, acs3Of("").hash("{}"), []string{"", "{}"},
		},
		{
			"headers repeated", suite.Request{Scheme: "none", Headers: []suite.Parameter{{Name: "x-a", Value: "1"}, {Name: "X-A", Value: "2"}}},
			"POST / HTTP/1.1", []string{"x-a: 1", "X-A: 2"}, empty, []string{"Content-Length: 0", "", ""},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := testBuilder().build(&tc.request, nil)
			if err != nil {
				t.Fatal(err)
			}
			lines := append([]string{tc.line}, common...)
			lines = append(append(append(lines, tc.added...), scheme(tc.hash)...), tc.end...)
			if diff := cmp.Diff(crlf(lines...), string(s.bytes)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Package signature, as a server uses it, verifies the requests.
func TestSignaturesVerify(t *testing.T) {
	t.Parallel()
	parameters := []suite.Parameter{{Name: "Domains", Value: "*.a b+~"}, {Name: "Domains", Value: "a"}, {Name: "SiteId", Value: "5"}}
	for name, request := range map[string]suite.Request{
		"acs3":         {Parameters: parameters},
		"acs3 form":    {Placement: "form", Parameters: parameters},
		"acs3 chunked": {Placement: "chunked", Parameters: parameters},
		"acs3 headers": {Headers: []suite.Parameter{{Name: "X-Acs-Extra", Value: " b "}, {Name: "X-Acs-Extra", Value: "a"}}},
		"acs3 sts":     {Key: "sts", Method: "GET", Parameters: parameters},
		"acs3 raw":     {RawQuery: "&Domains=+%61;&SiteId=5&"},
		"sm3":          {Scheme: "acs3-sm3", Parameters: parameters},
		"sm3 form":     {Scheme: "acs3-sm3", Placement: "form", Parameters: parameters},
		"sha256":       {Scheme: "rpc-sha256", Parameters: parameters},
		"sha256 form":  {Scheme: "rpc-sha256", Placement: "form", Parameters: parameters},
		"rpc":          {Scheme: "rpc", Parameters: parameters},
		"rpc form":     {Scheme: "rpc", Placement: "form", Parameters: parameters},
		"rpc sts":      {Scheme: "rpc", Key: "sts", Parameters: parameters},
		"rpc raw":      {Scheme: "rpc", RawQuery: "Domains=+%61;&SiteId=5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := testBuilder().build(&request, nil)
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(s.bytes)))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			m := signature.MessageOf(r, body)
			claim, err := signature.Parser{SM3: sm3.Sum}.Parse(&m)
			if err != nil {
				t.Fatal(err)
			}
			if err := claim.Verify(&m, "secret"); err != nil {
				t.Error(err)
			}
			if request.Key == "sts" && claim.SecurityToken != "token" {
				t.Errorf("got token %q, want token", claim.SecurityToken)
			}
		})
	}
}

// A query that cannot be decoded is sent unchanged, with a signature.
func TestBrokenQueryIsSigned(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"acs3", "acs3-sm3", "rpc", "rpc-sha256"} {
		s, err := testBuilder().build(&suite.Request{Scheme: scheme, RawQuery: "a=%zz%4"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.bytes); !strings.Contains(got, "?a=%zz%4") || !strings.Contains(got, "Signature=") {
			t.Errorf("%s: got %s", scheme, got)
		}
	}
}

func TestWireHeaders(t *testing.T) {
	t.Parallel()
	r := &wireRequest{header: []suite.Parameter{{Name: "A", Value: "1"}, {Name: "b", Value: "2"}, {Name: "a", Value: "3"}}}
	r.set("B", "4")
	r.set("a", "5")
	r.set("C", "6")
	want := []suite.Parameter{{Name: "A", Value: "5"}, {Name: "b", Value: "4"}, {Name: "C", Value: "6"}}
	if diff := cmp.Diff(want, r.header); diff != "" {
		t.Error(diff)
	}
	if !r.drop("c") || r.drop("c") {
		t.Error("drop does not report whether the field existed")
	}
}

// Escaping removes all invalid escapes and keeps valid ones.
func FuzzEscapeBroken(f *testing.F) {
	for _, seed := range []string{"", "%", "%4", "%zz", "a%20b", "%%41", "%2%41"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		escaped := escapeBroken(raw)
		for i := range len(escaped) {
			if escaped[i] == '%' && (i+2 >= len(escaped) || !isHex(escaped[i+1]) || !isHex(escaped[i+2])) {
				t.Fatalf("%q still has an invalid escape at %d", escaped, i)
			}
		}
		if again := escapeBroken(escaped); again != escaped {
			t.Fatalf("escaping %q again: got %q", escaped, again)
		}
	})
}

// A server receives the parameters of a case unchanged.
func FuzzRequestRoundTrip(f *testing.F) {
	f.Add("name", "value", true)
	f.Add("a b", "*.example.com,ü+~&=%", false)
	f.Fuzz(func(t *testing.T, name, value string, chunked bool) {
		placement := "form"
		if chunked {
			placement = "chunked"
		}
		for _, p := range []string{"query", placement} {
			wire := testBuilder().unsignedRequest(&suite.Request{Placement: p, Parameters: []suite.Parameter{{Name: name, Value: value}}})
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire.bytes())))
			if err != nil {
				t.Fatal(err)
			}
			if err := r.ParseForm(); err != nil {
				t.Fatal(err)
			}
			if got := r.Form[name]; len(got) != 1 || got[0] != value {
				t.Fatalf("%s: sent %q=%q, got %q", p, name, value, r.Form)
			}
		}
	})
}

func BenchmarkBuild(b *testing.B) {
	request := &suite.Request{Parameters: []suite.Parameter{{Name: "SiteId", Value: "${site.active.id}"}, {Name: "Domains", Value: "${unique}.example"}}}
	build := testBuilder()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := build.build(request, nil); err != nil {
			b.Fatal(err)
		}
	}
}
