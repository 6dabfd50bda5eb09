package gateway

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the vendor's ETag is made of it; nothing rests on it
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/internal/scenario"
)

// fixedHeaders are the header fields that all answers share, as the vendor's
// gateway sends them. net/http writes them and never changes them, so all
// answers share the slices too.
type fixedHeaders struct{ json, html, keepAlive, timeout, allowOrigin []string }

func newFixedHeaders() fixedHeaders {
	return fixedHeaders{
		json: []string{"application/json;charset=utf-8"}, html: []string{"text/html;charset=utf-8"},
		keepAlive: []string{"keep-alive"}, timeout: []string{"timeout=25"}, allowOrigin: []string{"*"},
	}
}

// The gateway writes its own header names in lower case, so they are set
// without the usual spelling.
const (
	headerRequestID  = "x-acs-request-id"
	headerTraceID    = "x-acs-trace-id"
	headerRetryAfter = "x-acs-retry-after"
)

func (g *Gateway) setHeaders(h http.Header, c *call, contentType []string) {
	c.headers[0], c.headers[1] = c.ids.RequestID, c.ids.Trace
	h["Content-Type"] = contentType
	if _, closing := h["Connection"]; !closing { // the listener closes some connections
		h["Connection"] = g.headers.keepAlive
		h["Keep-Alive"] = g.headers.timeout
	}
	h["Access-Control-Allow-Origin"] = g.headers.allowOrigin
	h["Access-Control-Expose-Headers"] = g.headers.allowOrigin
	h[headerRequestID] = c.headers[0:1:1]
	h[headerTraceID] = c.headers[1:2:2]
}

// writeAccepted writes the response to an accepted call.
func (g *Gateway) writeAccepted(c *call, body *esaapi.ApplyCertificateResponseBody) error {
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
	text, err := encode(&esaapi.Error{
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
	return g.send(c, w, r.Row.Status, text)
}

// joined adds the reason of a refusal in front of the journal's detail.
func joined(reason, note string) string {
	if reason == "" || note == "" {
		return reason + note
	}
	return reason + "; " + note
}

// send writes an answer whose headers are set. An answer that is to be cut
// promises its whole length and then stops; net/http closes the connection.
func (g *Gateway) send(c *call, w http.ResponseWriter, status int, text []byte) error {
	c.entry.Status = status
	if c.fault == scenario.CutBody {
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(text))}
		text = text[:len(text)/2]
	}
	g.record(c)
	w.WriteHeader(status)
	_, err := w.Write(text)
	return err
}

// encode writes JSON as the gateway does: no line end, and & < > as they are.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// etag is the gateway's: the first digit of the length, 22 characters of the
// base64 of the body's MD5, the last digit of the length (checked on real
// answers).
func etag(body []byte) string {
	sum := md5.Sum(body) //nolint:gosec // see above
	length := strconv.Itoa(len(body))
	var text [24]byte
	base64.StdEncoding.Encode(text[:], sum[:])
	return length[:1] + string(text[:22]) + length[len(length)-1:]
}
