package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// dial opens a connection to the server. The connection fails after a minute.
func dial(t *testing.T, srv *servertest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// conversation writes the parts one after the other, each after a response to
// the one before, and returns all that the server sends until it closes. Only the
// last part may be without a response.
func conversation(t *testing.T, srv *servertest.Server, parts ...string) []response {
	t.Helper()
	conn := dial(t, srv)
	reader := bufio.NewReader(conn)
	var responses []response
	for _, part := range parts {
		if _, err := io.WriteString(conn, part); err != nil {
			t.Fatal(err)
		}
		responses = append(responses, next(t, reader))
	}
	return append(responses, rest(t, reader)...)
}

func next(t *testing.T, reader *bufio.Reader) response {
	t.Helper()
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	return readResponse(t, response)
}

// rest reads responses until the server closes the connection.
func rest(t *testing.T, reader *bufio.Reader) []response {
	t.Helper()
	var responses []response
	for {
		if _, err := reader.Peek(1); err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				t.Fatal("the server did not close the connection")
			}
			return responses
		}
		responses = append(responses, next(t, reader))
	}
}

// wireOf returns a request as sent.
func wireOf(t *testing.T, r *http.Request) string {
	t.Helper()
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	return wire.String()
}

// framed is the wire of a signed form with other fields about its length, and
// another body.
func framed(t *testing.T, q request, srv *servertest.Server, fields, body string) string {
	t.Helper()
	head, _, _ := strings.Cut(wireOf(t, q.build(t, srv, srv.URL())), "\r\n\r\n")
	var lines []string
	for line := range strings.SplitSeq(head, "\r\n") {
		if !strings.HasPrefix(line, "Content-Length:") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n" + fields + "\r\n" + body
}

func chunked(body string) string {
	half := len(body) / 2
	return fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", half, body[:half], len(body)-half, body[half:])
}

// Of a request with Transfer-Encoding and Content-Length the chunked body alone
// is read. What follows is not taken for a request, since a proxy may have taken
// it for the body: the connection is closed (RFC 9112, section 6.1).
func TestTransferEncodingWithContentLength(t *testing.T) {
	t.Parallel()
	const smuggled = "smuggled.example.com"
	form := validQuery("www.example.com")
	for _, rpc := range []bool{false, true} {
		for _, length := range []int{0, 1, len(chunked(form)) - 5, len(form), len(chunked(form)), 5000} {
			for _, order := range []string{"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n", "Content-Length: %d\r\nTransfer-Encoding: chunked\r\n"} {
				t.Run(fmt.Sprintf("rpc %v, %s", rpc, strings.ReplaceAll(fmt.Sprintf(order, length), "\r\n", " ")), func(t *testing.T) {
					t.Parallel()
					srv := newServer(t)
					inner := wireOf(t, request{query: validQuery(smuggled)}.build(t, srv, srv.URL()))
					q := request{rpc: rpc, form: true, body: form}
					responses := conversation(t, srv, framed(t, q, srv, fmt.Sprintf(order, length), chunked(form)+inner))
					if len(responses) != 1 {
						t.Errorf("%d responses to one request", len(responses))
					}
					if a := responses[0]; a.status != http.StatusOK || a.ok.TotalCount != 1 || a.ok.Result[0].Domain != "www.example.com" {
						t.Errorf("%d %s", a.status, a.body)
					}
					if entries := srv.Journal(); len(entries) != 1 {
						t.Errorf("the journal has %d requests", len(entries))
					}
					for _, application := range srv.Applications() {
						if application.Domain == smuggled {
							t.Error("the second request was processed")
						}
					}
				})
			}
		}
	}
}

// HTTP/1.0 has no chunks: net/http ignores the field, so the connection must not
// go on.
func TestTransferEncodingOfHTTP10(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	inner := wireOf(t, request{query: validQuery("smuggled.example.com")}.build(t, srv, srv.URL()))
	head := "POST / HTTP/1.0\r\nHost: esa.test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
	if responses := conversation(t, srv, head+inner); len(responses) != 1 || len(srv.Applications()) != 0 {
		t.Errorf("%d responses, stored is %v", len(responses), srv.Applications())
	}
}

// Other spellings of the field are rejected, so that two servers cannot read them
// differently.
func TestOtherTransferEncodings(t *testing.T) {
	t.Parallel()
	form := validQuery("www.example.com")
	for _, fields := range []string{
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"Transfer-Encoding: identity, chunked\r\n",
		"Transfer-Encoding: xchunked\r\n",
		"Transfer-Encoding: \x0bchunked\r\n",
		"Transfer-Encoding : chunked\r\n",
		"Transfer-Encoding\r\n : chunked\r\n",
	} {
		t.Run(strconv.Quote(fields), func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			responses := conversation(t, srv, framed(t, request{form: true, body: form}, srv, "Content-Length: 3\r\n"+fields, chunked(form)))
			if len(responses) != 1 || responses[0].err.Code != esaerrors.BadRequest.Code || len(srv.Applications()) != 0 {
				t.Errorf("%d responses: %d %s", len(responses), responses[0].status, responses[0].body)
			}
		})
	}
}

// fields returns a header with the given number of small fields.
func fields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X%d:\r\n", i)
	}
	return b.String()
}

// The number of header fields is limited. The error has the documented shape
// wherever the header is: first on its connection, after another request, or
// behind one in the same segment.
func TestHeaderFields(t *testing.T) {
	t.Parallel()
	const most = 200
	post := "POST / HTTP/1.1\r\nHost: esa.test\r\n"
	good := post + "\r\n"
	for _, tc := range []struct {
		name  string
		parts []string
		want  []*esaerrors.Error
	}{
		{"as many as allowed", []string{post + fields(most-1) + "\r\n"}, []*esaerrors.Error{esaerrors.MissingAccessKeyID}},
		{"one more", []string{post + fields(most) + "\r\n"}, []*esaerrors.Error{esaerrors.RequestHeaderTooLarge}},
		{"one more, lines end with LF", []string{strings.ReplaceAll(post+fields(most)+"\r\n", "\r", "")}, []*esaerrors.Error{esaerrors.RequestHeaderTooLarge}},
		{"300,000", []string{post + fields(300_000)}, []*esaerrors.Error{esaerrors.RequestHeaderTooLarge}},
		{"continued lines", []string{post + "X: a\r\n" + strings.Repeat(" b\r\n", 5000)}, []*esaerrors.Error{esaerrors.RequestHeaderTooLarge}},
		{"on a used connection", []string{good, post + fields(most) + "\r\n"}, []*esaerrors.Error{esaerrors.MissingAccessKeyID, esaerrors.RequestHeaderTooLarge}},
		{"as many as allowed in each of two", []string{post + fields(most-1) + "\r\n", post + fields(most-1) + "\r\n"}, []*esaerrors.Error{esaerrors.MissingAccessKeyID, esaerrors.MissingAccessKeyID}},
		{"behind a request", []string{good + post + fields(most) + "\r\n"}, []*esaerrors.Error{esaerrors.MissingAccessKeyID, esaerrors.RequestHeaderTooLarge}},
		{"far behind a request", []string{good + post + fields(300_000)}, []*esaerrors.Error{esaerrors.MissingAccessKeyID, esaerrors.RequestHeaderTooLarge}},
		{"after an empty line", []string{good, "\r\n\r\n" + post + fields(most) + "\r\n"}, []*esaerrors.Error{esaerrors.MissingAccessKeyID, esaerrors.RequestHeaderTooLarge}},
		{"lines in a body", []string{post + "Content-Length: 40000\r\n\r\n" + strings.Repeat("a\r\n\r\n", 8000)}, []*esaerrors.Error{esaerrors.MissingAccessKeyID}},
		{"lines in a body, then a request", []string{post + "Content-Length: 40000\r\n\r\n" + strings.Repeat("a\r\n\r\n", 8000) + good}, []*esaerrors.Error{esaerrors.MissingAccessKeyID, esaerrors.MissingAccessKeyID}},
		{"two with lines in their bodies", []string{strings.Repeat(post+"Content-Length: 4000\r\n\r\n"+strings.Repeat("a\n\n\n", 1000), 2)}, []*esaerrors.Error{esaerrors.MissingAccessKeyID, esaerrors.MissingAccessKeyID}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			conn := dial(t, srv)
			reader := bufio.NewReader(conn)
			for _, part := range tc.parts[:len(tc.parts)-1] {
				if _, err := io.WriteString(conn, part); err != nil {
					t.Fatal(err)
				}
				check(t, next(t, reader), tc.want[0])
				tc.want = tc.want[1:]
			}
			go func() {
				_, _ = io.WriteString(conn, tc.parts[len(tc.parts)-1]) // the server may hang up before the end
			}()
			for _, want := range tc.want {
				check(t, next(t, reader), want)
			}
			if last := srv.LastEntry(); last.Rule != tc.want[len(tc.want)-1].Key {
				t.Errorf("the journal has %s: %s", last.Rule, last.Detail)
			}
		})
	}
}

func check(t *testing.T, a response, want *esaerrors.Error) {
	t.Helper()
	if a.status != want.Status || a.err.Code != want.Code || a.err.Message != want.Message {
		t.Errorf("got %d %s, want %s", a.status, a.body, want.Key)
	}
	if a.header.Get("X-Acs-Request-Id") != a.err.RequestID || a.err.RequestID == "" {
		t.Errorf("header is %v", a.header)
	}
}

// echoing is a signed request whose header is repeated in the error, because the
// signature is wrong.
func echoing(t testing.TB, srv *servertest.Server, value string) *http.Request {
	t.Helper()
	r := request{
		query:  validQuery("www.example.com"),
		header: http.Header{"X-Acs-Echo": {value}},
		tamper: func(r *http.Request) {
			signed := r.Header.Get("Authorization")
			r.Header.Set("Authorization", signed[:len(signed)-8]+"00000000")
		},
	}.build(t, srv, srv.URL())
	return r
}

// Whatever a response repeats, it is one response, and the whole of it.
func TestResponsesThatRepeatAStatusLine(t *testing.T) {
	t.Parallel()
	const closing = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	for _, line := range []string{"HTTP/1.1 417 ", "HTTP/1.1 431 X", "HTTP/1.1 400 Bad Request" + strings.ReplaceAll(closing, "\r\n", " ")} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			for shift := range len(line) {
				value := "-" + strings.Repeat("x", shift) + strings.Repeat(line, 9000/len(line)) + "-"
				response, err := http.DefaultClient.Do(echoing(t, srv, value))
				if err != nil {
					t.Fatalf("shift %d: %v", shift, err)
				}
				if a := readResponse(t, response); a.err.Code != "SignatureDoesNotMatch" || !strings.Contains(a.err.Message, strings.TrimSpace(value)) {
					t.Fatalf("shift %d: %d %.300s", shift, a.status, a.body)
				}
			}
			if entries := srv.Journal(); len(entries) != len(line) {
				t.Errorf("%d requests, the journal has %d", len(line), len(entries))
			}
		})
	}
}

// For any string that a response repeats, a second request on the same connection
// gets its own response.
func TestRepeatedTextNeverSplitsAResponse(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	const expectation = "HTTP/1.1 417 "
	piece := rapid.OneOf(rapid.Just(expectation), rapid.SampledFrom([]string{
		"HTTP/1.1 400 Bad Request", "HTTP/1.0 431 ", " Content-Type: text/plain; charset=utf-8 ", "Connection: close", "a", "-", "{\"", "HTTP/1.1 ",
	}))
	rapid.Check(t, func(rt *rapid.T) {
		// One piece fills more than a buffer of net/http, at any offset.
		var value strings.Builder
		value.WriteString(strings.Repeat("x", rapid.IntRange(0, 40).Draw(rt, "offset")))
		filling := piece.Draw(rt, "filling")
		value.WriteString(strings.Repeat(filling, 9000/len(filling)))
		for _, p := range rapid.SliceOfN(piece, 0, 10).Draw(rt, "more") {
			value.WriteString(strings.Repeat(p, rapid.IntRange(1, 20).Draw(rt, "times")))
		}
		wire := wireOf(t, echoing(t, srv, "-"+value.String()+"-"))
		conn := dial(t, srv)
		defer conn.Close()
		reader := bufio.NewReader(conn)
		if _, err := io.WriteString(conn, wire+wire+"hello\r\n\r\n"); err != nil {
			rt.Fatal(err)
		}
		for range 2 {
			if a := next(t, reader); a.err.Code != "SignatureDoesNotMatch" || !strings.Contains(a.err.Message, value.String()) {
				rt.Fatalf("%d %.300s", a.status, a.body)
			}
		}
		if a := next(t, reader); a.err.Code != esaerrors.BadRequest.Code {
			rt.Fatalf("malformed HTTP got %d %s", a.status, a.body)
		}
	})
}

// An expectation that net/http does not know has the documented error in every
// version of HTTP, and on a used connection too.
func TestUnknownExpectation(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.0", "1.1"} {
		for _, before := range []string{"", "POST / HTTP/1.1\r\nHost: esa.test\r\n\r\n"} {
			t.Run(fmt.Sprintf("HTTP/%s after %d octets", version, len(before)), func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				responses := conversation(t, srv, before+"POST / HTTP/"+version+"\r\nHost: esa.test\r\nExpect: miracle\r\nContent-Length: 1\r\n\r\nx")
				check(t, responses[len(responses)-1], esaerrors.BadRequest)
				if want := 1 + min(len(before), 1); len(responses) != want || len(srv.Journal()) != want {
					t.Errorf("%d responses, %d requests in the journal", len(responses), len(srv.Journal()))
				}
			})
		}
	}
}

// A caller that expects 100-continue gets it, and then the response.
func TestExpectContinue(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	q := request{form: true, body: validQuery("www.example.com"), tamper: func(r *http.Request) { r.Header.Set("Expect", "100-continue") }}
	wire := wireOf(t, q.build(t, srv, srv.URL()))
	head := wire[:len(wire)-len(q.body)]
	conn := dial(t, srv)
	reader := bufio.NewReader(conn)
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	if line, err := reader.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if line, err := reader.ReadString('\n'); err != nil || line != "\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := io.WriteString(conn, q.body); err != nil {
		t.Fatal(err)
	}
	if a := next(t, reader); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Responses to pipelined requests are in the order of the requests.
func TestPipelining(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	var wire strings.Builder
	all := names(20)
	for i, name := range all {
		q := request{nonce: t.Name() + strconv.Itoa(i), form: true, body: validQuery(name)}
		if i%2 == 1 {
			q = request{nonce: t.Name() + strconv.Itoa(i), query: validQuery(name)}
		}
		wire.WriteString(wireOf(t, q.build(t, srv, srv.URL())))
	}
	conn := dial(t, srv)
	go func() { _, _ = io.WriteString(conn, wire.String()) }()
	reader := bufio.NewReader(conn)
	for _, name := range all {
		if a := next(t, reader); a.status != http.StatusOK || a.ok.Result[0].Domain != name || a.ok.Result[0].Status != "Applying" {
			t.Fatalf("%s: %d %s", name, a.status, a.body)
		}
	}
	if stored := srv.Applications(); len(stored) != len(all) {
		t.Errorf("%d applications", len(stored))
	}
}
