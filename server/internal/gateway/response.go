package gateway

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the vendor's ETag uses MD5, and no security depends on it
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/internal/scenario"
)

// fixedHeaders are the values of header fields that all responses share, as the
// vendor's gateway sends them. net/http does not change them, so responses can share
// the slices.
type fixedHeaders struct{ json, html, keepAlive, timeout, allowOrigin []string }

func newFixedHeaders() fixedHeaders {
	return fixedHeaders{
		json: []string{"application/json;charset=utf-8"}, html: []string{"text/html;charset=utf-8"},
		keepAlive: []string{"keep-alive"}, timeout: []string{"timeout=25"}, allowOrigin: []string{"*"},
	}
}

// Header names of the vendor's gateway, which are in lower case on the wire.
const (
	headerRequestID  = "x-acs-request-id"
	headerTraceID    = "x-acs-trace-id"
	headerRetryAfter = "x-acs-retry-after"
)

func (g *Gateway) setHeaders(h http.Header, c *call, contentType []string) {
	c.headers[0], c.headers[1] = c.ids.RequestID, c.ids.Trace
	h["Content-Type"] = contentType
	if _, closing := h["Connection"]; !closing { // the listener decided to close the connection
		h["Connection"] = g.headers.keepAlive
		h["Keep-Alive"] = g.headers.timeout
	}
	h["Access-Control-Allow-Origin"] = g.headers.allowOrigin
	h["Access-Control-Expose-Headers"] = g.headers.allowOrigin
	h[headerRequestID] = c.headers[0:1:1]
	h[headerTraceID] = c.headers[1:2:2]
}

// writeAccepted writes the response to an accepted call.
func (g *Gateway) writeAccepted(c *call, body any) error {
	content, err := encode(body)
	if err != nil {
		return err
	}
	w := c.Response().Writer
	g.setHeaders(w.Header(), c, g.headers.json)
	c.headers[2] = etag(content)
	w.Header()["Etag"] = c.headers[2:3:3]
	return g.send(c, w, http.StatusOK, content)
}

// writeRefusal writes the response to a refused call.
func (g *Gateway) writeRefusal(c *call, r *refusal.Error) error {
	c.entry.Rule, c.entry.Code = r.Row.Key, r.Row.Code
	c.entry.Detail = joined(journalDetail(r), c.entry.Detail)
	c.recommend = "https://api.aliyun.com/troubleshoot?q=" + url.QueryEscape(r.Row.Code) +
		"&product=" + esaapi.Product + "&requestId=" + c.ids.RequestID
	body, err := encode(&esaapi.Error{
		RequestID: c.ids.RequestID, HostID: &c.hostID, Code: r.Row.Code, Message: r.WireMessage(),
		Recommend: &c.recommend, AccessDeniedDetail: r.Denied,
	})
	if err != nil {
		return err
	}
	w := c.Response().Writer
	g.setHeaders(w.Header(), c, g.headers.json)
	if r.RetryAfter > 0 {
		w.Header()[headerRetryAfter] = []string{strconv.FormatInt(r.RetryAfter.Milliseconds(), 10)}
	}
	return g.send(c, w, r.Row.Status, body)
}

// joined joins two journal details.
func joined(detail, note string) string {
	if detail == "" || note == "" {
		return detail + note
	}
	return detail + "; " + note
}

// send records the call and writes a response whose headers are set. If the body is
// to be cut, it announces the whole length and stops; net/http then closes the
// connection.
func (g *Gateway) send(c *call, w http.ResponseWriter, status int, body []byte) error {
	c.entry.Status = status
	if c.fault == scenario.CutBody {
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
		body = body[:len(body)/2]
	}
	g.record(c)
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// encode returns JSON like the vendor's gateway: without a final newline, and with
// &, < and > unescaped.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// etag returns the ETag of the vendor's gateway: the first digit of the length, 22
// characters of the base64 of the body's MD5, and the last digit of the length
// (checked on real responses).
func etag(body []byte) string {
	sum := md5.Sum(body) //nolint:gosec // see above
	length := strconv.Itoa(len(body))
	var digest [24]byte
	base64.StdEncoding.Encode(digest[:], sum[:])
	return length[:1] + string(digest[:22]) + length[len(length)-1:]
}

// refusalOf is the only mapping from errors to responses. An unknown error is a
// failure of the server, for which the table has a row.
func refusalOf(err error) *refusal.Error {
	if refused, ok := errors.AsType[*refusal.Error](err); ok {
		return refused
	}
	if routing, ok := errors.AsType[*echo.HTTPError](err); ok {
		return routingRefusal(routing)
	}
	return &refusal.Error{Row: esaerrors.InternalException, Detail: err.Error(), Err: err}
}

// routingRefusal maps the errors of echo and of the generated stub.
func routingRefusal(e *echo.HTTPError) *refusal.Error {
	switch e.Code {
	case http.StatusNotFound:
		return refusal.New(esaerrors.InvalidActionNotFound, "unknown path")
	case http.StatusMethodNotAllowed:
		return refusal.New(esaerrors.UnsupportedHTTPMethod, "the method is neither GET nor POST")
	case http.StatusBadRequest:
		return &refusal.Error{Row: esaerrors.InvalidParameter, Detail: e.Error()}
	}
	return &refusal.Error{Row: esaerrors.InternalException, Detail: e.Error(), Err: e}
}

// journalDetail returns the detail for the journal: of a failure of the server, all
// that is known.
func journalDetail(r *refusal.Error) string {
	if r.IsFailure() && r.Detail != r.Err.Error() {
		return r.Error()
	}
	return r.Detail
}
