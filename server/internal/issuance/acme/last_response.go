package acme

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/esacert/esacert/server/store"
)

// Bounds of what is read of an answer.
const (
	maxResponseBytes = 1 << 20
	maxErrorBytes    = 64 << 10
)

// lastResponse is what the authority answered last, beside what the ACME library
// makes of it: the library keeps Retry-After to itself, and knows problem
// documents only by their media type.
type lastResponse struct {
	status        int // 0 when there was no answer
	after         time.Duration
	hasRetryAfter bool // after was in the answer
	problem       *store.Problem
	instance      string // of the problem; where a person can read more
	snippet       string // of an answer that is no problem document
}

type lastResponseKey struct{}

func withLastResponse(ctx context.Context) (context.Context, *lastResponse) {
	x := new(lastResponse)
	return context.WithValue(ctx, lastResponseKey{}, x), x
}

// recorder writes the last answer into the context's exchange, and bounds it.
// One URL it answers itself: that of the directory, see service.
type recorder struct {
	next             http.RoundTripper
	now              func() time.Time
	libraryURL       string
	libraryDirectory []byte
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet && request.URL.String() == r.libraryURL {
		return r.serveDirectory(request), nil
	}
	x, _ := request.Context().Value(lastResponseKey{}).(*lastResponse)
	if x == nil {
		x = new(lastResponse)
	}
	*x = lastResponse{}
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if err := x.record(response, r.now()); err != nil {
		return nil, err
	}
	return response, nil
}

func (r *recorder) serveDirectory(request *http.Request) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(r.libraryDirectory)),
		ContentLength: int64(len(r.libraryDirectory)),
		Request:       request,
	}
}

func (x *lastResponse) record(response *http.Response, now time.Time) error {
	x.status = response.StatusCode
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		now = date // a time in Retry-After is one of the authority's clock
	}
	x.after, x.hasRetryAfter = parseRetryAfter(response.Header.Get("Retry-After"), now)
	if x.status < 300 {
		if mediaType(response) == mediaChain {
			// Links lead to other chains for the same certificate, which the library
			// would download too.
			response.Header.Del("Link")
		}
		response.Body = &limitedReader{ReadCloser: response.Body, left: maxResponseBytes}
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBytes))
	_ = response.Body.Close()
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if x.status < 400 {
		x.snippet = "it leads to " + printable(response.Header.Get("Location"), 200)
		return nil
	}
	problem, instance, ok := parseProblem(x.status, body)
	if !ok {
		x.snippet = printable(string(body), 200)
		return nil
	}
	x.problem, x.instance = &problem, instance
	response.Header.Set("Content-Type", mediaProblem) // some send it as plain JSON
	return nil
}

// Media types. Sources: RFC 8555, sections 6.7 and 9.1; RFC 7807.
const (
	mediaProblem = "application/problem+json"
	mediaChain   = "application/pem-certificate-chain"
)

func mediaType(response *http.Response) string {
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return media
}

// limitedReader fails where an answer is longer than any sensible one.
type limitedReader struct {
	io.ReadCloser
	left int
}

func (b *limitedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the answer is longer than %d bytes", maxResponseBytes)
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	return n, err
}
