package gateway

import (
	"net/http"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// checkSizes refuses a URL or a header that is too large. What exceeds the limits
// by far does not reach a handler (see MaxHeaderBytes).
func checkSizes(r *http.Request, limits Limits) error {
	if int64(len(r.RequestURI)) > limits.URL {
		return refusal.New(esaerrors.RequestURITooLong, "the URL has %d bytes, %d are taken", len(r.RequestURI), limits.URL)
	}
	size, fields := int64(len("Host: \r\n")+len(r.Host)), 1 // net/http keeps Host apart
	for name, values := range r.Header {
		fields += len(values)
		for _, value := range values {
			size += int64(len(name) + len(value) + len(": \r\n"))
		}
	}
	switch {
	case size > limits.Header:
		return refusal.New(esaerrors.RequestHeaderTooLarge, "the header has %d bytes, %d are taken", size, limits.Header)
	case fields > limits.HeaderFields:
		return refusal.New(esaerrors.RequestHeaderTooLarge, "the header has %d fields, %d are taken", fields, limits.HeaderFields)
	}
	return nil
}

// MaxHeaderBytes returns how much net/http may read of a request line and a header
// before it rejects the request. A URL or a header slightly above its limit still
// reaches the handler. Beyond that, memory is not used for a better error.
func (limits Limits) MaxHeaderBytes() int {
	const room = 4 << 10
	return room + int(limits.URL+limits.Header)
}
