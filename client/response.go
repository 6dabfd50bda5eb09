package client

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// maxResponseBytes is how much of an answer is read. A real one of 50 names has 5 KiB.
const maxResponseBytes = 1 << 20

var errTooLarge = errors.New("response exceeds 1 MiB")

// readResponse reads an answer to its end and closes it.
func readResponse(resp *http.Response) response {
	r := response{status: resp.StatusCode, header: resp.Header}
	if r.header == nil {
		r.header = http.Header{}
	}
	r.body, r.err = readBody(resp)
	// The answer is read; an error of its connection changes nothing.
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

// isCorruptGzip reports whether a body is no gzip, or a damaged one.
func isCorruptGzip(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// readBody reads and, where the transport has not, decompresses a body.
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

// readAll reads up to maxResponseBytes bytes; size is what is expected, or negative.
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
