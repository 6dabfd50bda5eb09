package clientrunner

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/redact"
)

func bufferedReader(raw []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(raw)) }

// memoryConn is a connection that reads from a Reader and records what is written.
type memoryConn struct {
	net.Conn
	io.Reader
	written bytes.Buffer
}

func (c *memoryConn) Read(p []byte) (int, error)  { return c.Reader.Read(p) }
func (c *memoryConn) Write(p []byte) (int, error) { return c.written.Write(p) }

// readRequests returns all requests in data, and what the reader wrote.
func readRequests(data string) (received []*receivedRequest, written string) {
	conn := &memoryConn{Reader: strings.NewReader(data)}
	r := newReader(conn)
	for {
		a := r.next()
		if a == nil {
			break
		}
		received = append(received, a)
		if a.parseErr != nil {
			break
		}
	}
	return received, conn.written.String()
}

func TestReaderRecordsRequestsVerbatim(t *testing.T) {
	t.Parallel()
	const (
		get     = "GET /?b=1&a=%41+ HTTP/1.1\r\nhost: h\r\nX-ODD:  1 \r\n\r\n"
		chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
		sized   = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\nabc"
	)
	received, written := readRequests(get + chunked + sized + get)
	var raw, bodies []string
	for _, a := range received {
		raw, bodies = append(raw, string(a.raw)), append(bodies, string(a.body))
		if a.parseErr != nil {
			t.Errorf("%s: %v", a.raw, a.parseErr)
		}
	}
	if !slices.Equal(raw, []string{get, chunked, sized, get}) {
		t.Errorf("got %q", raw)
	}
	if !slices.Equal(bodies, []string{"", "abcde", "abc", ""}) {
		t.Errorf("bodies %q", bodies)
	}
	if written != "HTTP/1.1 100 Continue\r\n\r\n" {
		t.Errorf("written %q", written)
	}
}

func TestReaderRejectsInvalidRequests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data string
		want error
	}{
		"other protocol": {"EHLO example.com\r\n\r\n", nil},
		"half a head":    {"GET / HTTP/1.1\r\nHost: h\r\n", io.ErrUnexpectedEOF},
		"half a body":    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc", io.ErrUnexpectedEOF},
		"endless":        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n" + strings.Repeat("x", 9999999), errTooLong},
	} {
		received, _ := readRequests(test.data)
		if len(received) != 1 || received[0].parseErr == nil || test.want != nil && !errors.Is(received[0].parseErr, test.want) {
			t.Errorf("%s: got %d, %v", name, len(received), received[0].parseErr)
		}
		if len(received[0].raw) > maxRequestBytes {
			t.Errorf("%s: %d bytes were recorded", name, len(received[0].raw))
		}
	}
	if received, _ := readRequests(""); received != nil {
		t.Errorf("an empty connection has %d requests", len(received))
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"plain ü":                              "plain ü",
		"\x1f\x8b\xff":                         `"\x1f\x8b\xff"`,
		strings.Repeat("x", maxExcerptBytes+3): strings.Repeat("x", maxExcerptBytes) + "… (3 more bytes)",
		strings.Repeat("x", maxExcerptBytes-4) + "0123456789abcdef": strings.Repeat("x", maxExcerptBytes-4) + "[sec… (4 more bytes)",
	} {
		if got := excerpt([]byte(raw), redact.New("0123456789abcdef")); got != want {
			t.Errorf("got %.40q, want %.40q", got, want)
		}
	}
}

// The recorded requests are the beginning of the input, byte by byte, and each is parsed
// the same if it is sent alone.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcEHLO",
		"\r\n", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		received, _ := readRequests(data)
		rest := data
		for _, a := range received {
			after, found := strings.CutPrefix(rest, string(a.raw))
			if !found || len(a.raw) == 0 {
				t.Fatalf("%q does not begin with %q", rest, a.raw)
			}
			rest = after
			if a.parseErr != nil {
				return
			}
			alone, _ := readRequests(string(a.raw))
			if len(alone) != 1 || alone[0].parseErr != nil || !bytes.Equal(alone[0].body, a.body) {
				t.Fatalf("%q is parsed differently if it is sent alone", a.raw)
			}
		}
	})
}
