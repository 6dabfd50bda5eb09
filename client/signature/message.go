package signature

import (
	"net/http"
	"strings"
)

// Message is a request as sent on the wire. A Message of a server shares its
// fields with the http.Request; this package does not modify them.
type Message struct {
	// Method is the HTTP method, upper-case as sent.
	Method string
	// Path is the path with its percent-encoding as sent; empty means "/".
	Path string
	// Query is what follows the question mark, undecoded.
	Query string
	// Host is the Host header with the port, if one was sent.
	Host string
	// Header holds the other headers. Its keys are in the canonical form that
	// net/http uses (X-Acs-Date); other spellings are not found.
	Header http.Header
	// Body is the whole body, chunks joined, before any decoding.
	Body []byte
}

// MessageOf returns the Message of a request that a server received, with the
// body that was read from it. It does not copy.
func MessageOf(r *http.Request, body []byte) Message {
	return Message{
		Method: r.Method,
		Path:   r.URL.EscapedPath(),
		Query:  r.URL.RawQuery,
		Host:   r.Host,
		Header: r.Header,
		Body:   body,
	}
}

// formType is the media type whose parameters belong to those of the query.
const formType = "application/x-www-form-urlencoded"

// Form returns the body if its parameters are parameters of the request, else
// "". A server that reads them by this rule reads what the signature covers.
func (m *Message) Form() string { return m.form() }

// form is Form.
func (m *Message) form() string {
	if len(m.Body) == 0 || len(m.Header[keyContentType]) == 0 || !isForm(m.Header[keyContentType][0]) {
		return ""
	}
	return string(m.Body)
}

// isForm reports whether a Content-Type is that of a form, with any character
// set.
func isForm(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), formType)
}

// header returns the values of a header by its lower-case name.
func (m *Message) header(name string) []string {
	// http.CanonicalHeaderKey allocates for all x-acs-* names; a name in an
	// array does not.
	var spelled [64]byte
	if len(name) > len(spelled) {
		return m.Header[http.CanonicalHeaderKey(name)]
	}
	first := true
	for i := range len(name) {
		c := name[i]
		if first && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		spelled[i] = c
		first = c == '-'
	}
	return m.Header[string(spelled[:len(name)])]
}
