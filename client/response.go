package client

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxResponseBytes limits the body that is read. A real one of 50 names has 5
// KiB.
const maxResponseBytes = 1 << 20

var errTooLarge = errors.New("response exceeds 1 MiB")

// readResponse reads a response and closes its body.
func readResponse(resp *http.Response) response {
	r := response{status: resp.StatusCode, header: resp.Header}
	if r.header == nil {
		r.header = http.Header{}
	}
	r.body, r.err = readBody(resp)
	// The body is read; an error of Close does not matter.
	_ = resp.Body.Close()
	switch {
	case r.err == nil:
	case errors.Is(r.err, errTooLarge):
		r.reason = reasonTooLarge
	case isCorruptGzip(r.err):
		r.reason = reasonEncoding
	default:
		r.reason = reasonTruncated
	}
	return r
}

// isCorruptGzip reports whether a body is not gzip, or is damaged.
func isCorruptGzip(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// readBody reads a body, and decompresses it unless the transport has.
func readBody(resp *http.Response) ([]byte, error) {
	if !strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		return readAll(resp.Body, resp.ContentLength)
	}
	unzipped, err := gzip.NewReader(resp.Body)
	if err != nil {
		return nil, err
	}
	return readAll(unzipped, -1)
}

// readAll reads up to maxResponseBytes bytes; size is the expected size, or
// negative.
func readAll(from io.Reader, size int64) ([]byte, error) {
	if size < 0 || size > maxResponseBytes {
		size = 512
	}
	// One byte more than expected, so that the end is seen without growing.
	body := make([]byte, 0, size+1)
	for {
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > maxResponseBytes:
			return body[:maxResponseBytes], errTooLarge
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return body, err
		}
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
	}
}
