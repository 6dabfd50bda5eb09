package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"

	"golang.org/x/sync/semaphore"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// checkSizes rejects a URL or a header that is too large. Much larger ones do not
// reach the handler (see MaxHeaderBytes).
func checkSizes(r *http.Request, limits Limits) error {
	if int64(len(r.RequestURI)) > limits.URL {
		return refusal.New(esaerrors.RequestURITooLong, "the URL has %d bytes, more than %d", len(r.RequestURI), limits.URL)
	}
	size, fields := int64(len("Host: \r\n")+len(r.Host)), 1 // net/http removes Host from the header
	for name, values := range r.Header {
		fields += len(values)
		for _, value := range values {
			size += int64(len(name) + len(value) + len(": \r\n"))
		}
	}
	switch {
	case size > limits.Header:
		return refusal.New(esaerrors.RequestHeaderTooLarge, "the header has %d bytes, more than %d", size, limits.Header)
	case fields > limits.HeaderFields:
		return refusal.New(esaerrors.RequestHeaderTooLarge, "the header has %d fields, more than %d", fields, limits.HeaderFields)
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

const (
	// bodyStep is the part of a body, in bytes, that does not count against the share.
	// The parameters of a call rarely need more.
	bodyStep = 64 << 10

	// bodiesShare is the number of bytes that all bodies of unauthenticated callers may
	// have together beyond bodyStep. It is larger if the limit of one body is larger.
	bodiesShare = 16 << 20
)

// bodies reads the bodies of callers that are not authenticated yet, and bounds
// their memory.
type bodies struct {
	limit int64 // bytes of one body
	size  int64 // bytes of the share
	share *semaphore.Weighted
}

func newBodies(limit int64) bodies {
	size := max(bodiesShare, limit+bodyStep)
	return bodies{limit, size, semaphore.NewWeighted(size)}
}

// read reads the body. The caller must release held bytes of the share, even after
// an error.
func (b bodies) read(r *http.Request) (body []byte, held int64, err error) {
	switch {
	case r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0:
		return nil, 0, nil
	case r.ContentLength > b.limit:
		return nil, 0, refusal.New(esaerrors.RequestEntityTooLarge, "the body has %d bytes, more than %d", r.ContentLength, b.limit)
	}
	var read bytes.Buffer
	for {
		_, err := io.CopyN(&read, r.Body, min(bodyStep, b.limit+1-int64(read.Len())))
		switch {
		case errors.Is(err, io.EOF):
			return read.Bytes(), held, nil
		case err != nil:
			return nil, held, readError(err, read.Len())
		case int64(read.Len()) > b.limit:
			return nil, held, refusal.New(esaerrors.RequestEntityTooLarge, "the body has more than %d bytes", b.limit)
		case !b.share.TryAcquire(bodyStep):
			return nil, held, refusal.New(esaerrors.Throttling, "bodies over %d bytes of unauthenticated callers use all of the %d bytes that they share", bodyStep, b.size)
		}
		held += bodyStep
	}
}

func readError(err error, received int) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refusal.New(esaerrors.RequestTimeout, "%d bytes of the body were received in time", received)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refusal.New(esaerrors.BadRequest, "the body ended after %d bytes, before its announced end", received)
	}
	return refusal.New(esaerrors.BadRequest, "read the body: %v", err)
}
