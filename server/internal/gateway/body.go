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

const (
	// bodyStep is what a body may have without taking from what all bodies share.
	// The parameters of a call rarely have more.
	bodyStep = 64 << 10

	// bodiesShare is what the bodies of callers that are not known yet may have
	// beyond that, all together; more if one body may have more.
	bodiesShare = 16 << 20
)

// bodies reads bodies whose callers are not known yet, and bounds the memory that
// all of them take together.
type bodies struct {
	limit int64 // of one body
	size  int64 // of the share
	share *semaphore.Weighted
}

func newBodies(limit int64) bodies {
	size := max(bodiesShare, limit+bodyStep)
	return bodies{limit, size, semaphore.NewWeighted(size)}
}

// read reads the whole body, chunked or not. The caller releases what is held,
// after an error too.
func (b bodies) read(r *http.Request) (body []byte, held int64, err error) {
	switch {
	case r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0:
		return nil, 0, nil
	case r.ContentLength > b.limit:
		return nil, 0, refusal.New(esaerrors.RequestEntityTooLarge, "the body has %d bytes, %d are taken", r.ContentLength, b.limit)
	}
	var read bytes.Buffer
	for {
		_, err := io.CopyN(&read, r.Body, min(bodyStep, b.limit+1-int64(read.Len())))
		switch {
		case errors.Is(err, io.EOF):
			return read.Bytes(), held, nil
		case err != nil:
			return nil, held, unreadable(err, read.Len())
		case int64(read.Len()) > b.limit:
			return nil, held, refusal.New(esaerrors.RequestEntityTooLarge, "the body has more than the %d bytes that are taken", b.limit)
		case !b.share.TryAcquire(bodyStep):
			return nil, held, refusal.New(esaerrors.Throttling, "bodies over %d bytes of callers that are not authenticated yet take all of the %d bytes that they share", bodyStep, b.size)
		}
		held += bodyStep
	}
}

func unreadable(err error, came int) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refusal.New(esaerrors.RequestTimeout, "%d bytes of the body came in time", came)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refusal.New(esaerrors.BadRequest, "the body ended after %d bytes, before its announced end", came)
	}
	return refusal.New(esaerrors.BadRequest, "reading the body: %v", err)
}
