package serverrunner

import (
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// wireRequest is a request as it will be written, down to the spelling and the
// order of its header fields.
type wireRequest struct {
	method string
	path   string // as written, with its percent-encoding
	query  string // as written, without the question mark
	header []suite.Parameter
	body   string
	chunks bool
}

// target is what stands between method and version.
func (r *wireRequest) target() string {
	if r.query == "" {
		return r.path
	}
	return r.path + "?" + r.query
}

// get gives the first value of a header field.
func (r *wireRequest) get(name string) (string, bool) {
	for _, h := range r.header {
		if strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}

// set replaces a header field where it stands, or adds it.
func (r *wireRequest) set(name, value string) {
	at := slices.IndexFunc(r.header, func(h suite.Parameter) bool { return strings.EqualFold(h.Name, name) })
	if at < 0 {
		r.header = append(r.header, suite.Parameter{Name: name, Value: value})
		return
	}
	r.header[at].Value = value
	rest := slices.DeleteFunc(r.header[at+1:], func(h suite.Parameter) bool { return strings.EqualFold(h.Name, name) })
	r.header = r.header[:at+1+len(rest)]
}

// drop removes all fields of a name and says whether there was one.
func (r *wireRequest) drop(name string) bool {
	before := len(r.header)
	r.header = slices.DeleteFunc(r.header, func(h suite.Parameter) bool { return strings.EqualFold(h.Name, name) })
	return len(r.header) < before
}

// bytes writes the request. The framing of the body is added, unless the case
// has written its own.
func (r *wireRequest) bytes() []byte {
	var b strings.Builder
	b.WriteString(r.method + " " + r.target() + " HTTP/1.1\r\n")
	for _, h := range r.header {
		b.WriteString(h.Name + ": " + h.Value + "\r\n")
	}
	_, ownLength := r.get("Content-Length")
	_, ownEncoding := r.get("Transfer-Encoding")
	framed := ownLength || ownEncoding
	switch {
	case !framed && r.chunks:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case !framed && (r.body != "" || r.method == "POST"):
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.body)) + "\r\n")
	}
	b.WriteString("\r\n")
	if r.chunks {
		writeChunks(&b, r.body)
	} else {
		b.WriteString(r.body)
	}
	return []byte(b.String())
}

// Chunks are small, so that the body of any case comes in several pieces and a
// percent-encoding is now and then cut in two; a body that is large on purpose
// comes in not too many of them.
const (
	minChunkBytes = 16
	maxChunks     = 512
)

func writeChunks(b *strings.Builder, body string) {
	for chunk := range slices.Chunk([]byte(body), max(minChunkBytes, len(body)/maxChunks)) {
		b.WriteString(strconv.FormatInt(int64(len(chunk)), 16) + "\r\n")
		b.Write(chunk)
		b.WriteString("\r\n")
	}
	b.WriteString("0\r\n\r\n")
}
