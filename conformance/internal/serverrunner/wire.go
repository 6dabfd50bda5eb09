package serverrunner

import (
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// wireRequest is a request as it is written to the connection, including the
// spelling and the order of header fields.
type wireRequest struct {
	method string
	path   string // percent-encoded
	query  string // percent-encoded, without the question mark
	header []suite.Parameter
	body   string
	chunks bool
}

// target returns the request target, which the request line has between method and
// version.
func (r *wireRequest) target() string {
	if r.query == "" {
		return r.path
	}
	return r.path + "?" + r.query
}

// get returns the first value of a header field and reports whether it exists.
func (r *wireRequest) get(name string) (string, bool) {
	for _, h := range r.header {
		if strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}

// set replaces the first field with the given name and removes the others. If none
// exists, it appends one.
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

// drop removes all fields with the given name and reports whether one existed.
func (r *wireRequest) drop(name string) bool {
	before := len(r.header)
	r.header = slices.DeleteFunc(r.header, func(h suite.Parameter) bool { return strings.EqualFold(h.Name, name) })
	return len(r.header) < before
}

// bytes returns the encoded request. It adds the header field that frames the body,
// unless the case sets one.
func (r *wireRequest) bytes() []byte {
	var b strings.Builder
	b.WriteString(r.method + " " + r.target() + " HTTP/1.1\r\n")
	for _, h := range r.header {
		b.WriteString(h.Name + ": " + h.Value + "\r\n")
	}
	_, hasLength := r.get("Content-Length")
	_, hasEncoding := r.get("Transfer-Encoding")
	framed := hasLength || hasEncoding
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

// Bounds of chunked bodies. Chunks are small, so that most bodies have several and
// some split a percent-encoding. Large bodies have larger chunks, so that they do
// not have too many.
const (
	minChunkBytes = 16
	maxChunks     = 512
)

// writeChunks writes a body in chunked transfer coding.
func writeChunks(b *strings.Builder, body string) {
	for chunk := range slices.Chunk([]byte(body), max(minChunkBytes, len(body)/maxChunks)) {
		b.WriteString(strconv.FormatInt(int64(len(chunk)), 16) + "\r\n")
		b.Write(chunk)
		b.WriteString("\r\n")
	}
	b.WriteString("0\r\n\r\n")
}
