package conns

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHeaderScan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before string // octets that passed before this header
		octets string
		n      int // that pass immediately
		over   bool
		done   bool
	}{
		{"nothing", "", "", 0, false, false},
		{"a header", "", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 24, false, true},
		{"a body behind it", "", "GET / HTTP/1.1\n\na\nb\nc\nd\ne\n", 26, false, true},
		{"three fields", "", "GET /\r\nA:\r\nB:\r\nC:\r\n\r\n", 21, false, true},
		{"four fields", "", "GET /\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n", 19, true, false},
		{"an incomplete fourth", "", "GET /\r\nA:\r\nB:\r\nC:\r\nD:", 21, false, false},
		{"a CR inside", "", "GET /\r\n\r\r\nA:\r\n\r\n", 16, false, true},
		{"an empty line first", "a\n", "\r\nGET /\r\n\r\n", 2, false, false},
		{"the end of a line first", "A: b", "\r\n\r\nbody", 4, false, false},
		{"the end of a line, behind its CR", "A: b\r", "\n\nbody", 2, false, false},
		{"the end of an empty line, behind its CR", "A: b\n\r", "\nbody", 1, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := header{limit: 3}
			h.pass([]byte(c.before))
			h.begin()
			n, over := h.scan([]byte(c.octets))
			if n != c.n || over != c.over || h.done != c.done {
				t.Errorf("%d pass, over %v, done %v; want %d, %v, %v", n, over, h.done, c.n, c.over, c.done)
			}
		})
	}
}

// segments feeds octets in pieces of any size, as a connection delivers them.
func segments(t *rapid.T, octets string, feed func([]byte)) {
	for len(octets) > 0 {
		n := rapid.IntRange(1, len(octets)).Draw(t, "segment")
		feed([]byte(octets[:n]))
		octets = octets[n:]
	}
}

// However a request is cut into segments, the header ends at the octet where
// net/http ends it, and exactly the fields that the limit allows pass.
func TestHeaderScanInSegments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const limit = 10
		fields := rapid.IntRange(0, 20).Draw(t, "fields")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		head := "POST / HTTP/1.0" + end + strings.Repeat("A: b"+end, fields)
		wire := head + end + rapid.StringMatching(`[a\n\r]{0,40}`).Draw(t, "body")
		h, passed, stopped := header{limit: limit}, 0, false
		segments(t, wire, func(p []byte) {
			for len(p) > 0 && !stopped {
				n, over := h.scan(p)
				passed, p, stopped = passed+n, p[n:], over
			}
		})
		if stopped != (fields > limit) || h.done == stopped {
			t.Fatalf("%d fields: stopped %v, done %v", fields, stopped, h.done)
		}
		if stopped {
			if kept := strings.Count(wire[:passed], "\n") - 1; kept != limit {
				t.Fatalf("%d fields passed", kept)
			}
		} else if passed != len(wire) {
			t.Fatalf("%d of %d octets passed", passed, len(wire))
		}
	})
}

// Of what net/http interprets as a header, at most the limit passes, wherever the
// header before its end.
func FuzzHeaderScan(f *testing.F) {
	f.Add([]byte("abc"), []byte("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\nbody\n\n\n\n"), 7)
	f.Add([]byte("abc\n"), []byte("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 1)
	f.Add([]byte("a\n\r"), []byte("GET / HTTP/1.1\nHost: a\n b\n\n\n"), 3)
	f.Fuzz(func(t *testing.T, before, wire []byte, size int) {
		const limit = 4
		h := header{limit: limit}
		h.pass(before)
		h.begin()
		size = max(size%len(append(wire, 0)), 1)
		var read bytes.Buffer
		for rest := wire; len(rest) > 0; {
			n, over := h.scan(rest[:min(size, len(rest))])
			read.Write(rest[:n])
			rest = rest[n:]
			if over {
				break
			}
			if n == 0 {
				t.Fatal("nothing passes, and nothing is over the limit")
			}
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(bytes.TrimLeft(read.Bytes(), "\r\n"))))
		if err != nil {
			return
		}
		fields := 0
		for _, values := range r.Header {
			fields += len(values)
		}
		if fields > limit {
			t.Errorf("%d fields passed", fields)
		}
		if read.Len() < len(wire) {
			t.Errorf("of a request with %d fields %d of %d octets passed", fields, read.Len(), len(wire))
		}
	})
}
