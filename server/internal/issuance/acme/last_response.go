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

// Limits of response bodies.
const (
	maxResponseBytes = 1 << 20
	maxErrorBytes    = 64 << 10
)

// lastResponse describes the authority's last response. It has what the ACME
// library does not return: Retry-After, and problem documents of any media type.
type lastResponse struct {
	status        int           // 0 if no response arrived
	after         time.Duration // value of Retry-After
	hasRetryAfter bool          // whether Retry-After is present and valid
	problem       *store.Problem
	instance      string // instance URL of the problem, with details for the operator
	snippet       string // excerpt of a response that is not a problem document
}

type lastResponseKey struct{}

func withLastResponse(ctx context.Context) (context.Context, *lastResponse) {
	x := new(lastResponse)
	return context.WithValue(ctx, lastResponseKey{}, x), x
}

// recorder records each response in the lastResponse of the request's context,
// and limits its size. It serves the directory of the library itself, see
// describe.
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
		now = date // a date in Retry-After is relative to the authority's clock
	}
	x.after, x.hasRetryAfter = parseRetryAfter(response.Header.Get("Retry-After"), now)
	if x.status < 300 {
		if mediaType(response) == mediaChain {
			// The links point to alternate chains, which the library would download
			// too.
			response.Header.Del("Link")
		}
		response.Body = &limitedReader{ReadCloser: response.Body, left: maxResponseBytes}
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBytes))
	_ = response.Body.Close()
	if err != nil {
		return fmt.Errorf("read response: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if x.status < 400 {
		x.snippet = "redirect to " + printable(response.Header.Get("Location"), 200)
		return nil
	}
	problem, instance, ok := parseProblem(x.status, body)
	if !ok {
		x.snippet = printable(string(body), 200)
		return nil
	}
	x.problem, x.instance = &problem, instance
	response.Header.Set("Content-Type", mediaProblem) // some authorities send plain JSON
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

// limitedReader fails if a response exceeds maxResponseBytes.
type limitedReader struct {
	io.ReadCloser
	left int
}

func (b *limitedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("response exceeds %d bytes", maxResponseBytes)
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	return n, err
}
