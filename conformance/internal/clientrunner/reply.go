package clientrunner

import (
	"bytes"
	"compress/gzip"
	"crypto/md5" //nolint:gosec // the gateway's ETag contains it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// contentType is the Content-Type of the gateway, which has no space.
const contentType = "application/json;charset=utf-8"

// reply is the encoded reply to one request.
type reply struct {
	suite.Reply
	status    int
	body      []byte // before compression
	requestID string // in the body, or ""
}

// script creates the replies of a case.
type script struct {
	id       string // of the case
	contract *suite.Operation
	endpoint string // http://127.0.0.1:port
}

// reply returns reply i, counted from 0, or the last one if i is beyond it.
func (s script) reply(i int, replies []suite.Reply) (reply, error) {
	if len(replies) == 0 { // no request was expected
		return s.errorReply(i, suite.Reply{}, esaerrors.InternalError), nil
	}
	r := replies[min(i, len(replies)-1)]
	switch {
	case r.Row != "":
		row, known := esaerrors.ByKey(r.Row)
		if !known {
			return reply{}, fmt.Errorf("no error of the contract has the key %q", r.Row)
		}
		return s.errorReply(i, r, row), nil
	case r.Example != "":
		body, err := s.contract.Example(r.Example)
		return s.literalReply(r, body), err
	}
	return s.literalReply(r, []byte(s.expand(r.Body, i))), nil
}

// expand replaces the placeholders for the address of the server and the request ID.
func (s script) expand(template string, i int) string {
	return strings.NewReplacer("${endpoint}", s.endpoint, "${request_id}", s.requestID(i)).Replace(template)
}

func (s script) literalReply(r suite.Reply, body []byte) reply {
	made := reply{Reply: r, status: r.Status, body: body, requestID: requestIDOf(body)}
	if made.status == 0 {
		made.status = http.StatusOK
	}
	made.Headers = s.expandHeaders(r.Headers)
	return made
}

// errorReply returns an error as the gateway encodes it. The order of the fields differs
// between errors of the gateway and errors of the service.
func (s script) errorReply(i int, r suite.Reply, row *esaerrors.Error) reply {
	id, host := s.requestID(i), strings.TrimPrefix(s.endpoint, "http://")
	fields := map[string]string{
		"RequestId": id, "HostId": host, "Code": row.Code, "Message": row.Message,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + row.Code + "&product=" + esaapi.Product + "&requestId=" + id,
	}
	order := []string{"RequestId", "Message", "Recommend", "HostId", "Code"}
	if s.contract.Facts.Row(row) > 0 {
		order = []string{"RequestId", "HostId", "Code", "Message", "Recommend"}
	}
	body := []byte{'{'}
	for n, name := range order {
		if n > 0 {
			body = append(body, ',')
		}
		body = appendJSON(append(appendJSON(body, name), ':'), fields[name])
	}
	if row == esaerrors.NoPermission {
		body = append(body, accessDeniedDetail(s.contract.Facts)...)
	}
	made := s.literalReply(r, append(body, '}'))
	if r.Status == 0 {
		made.status = row.Status
	}
	return made
}

// appendJSON appends a string as JSON without HTML escapes, like the gateway.
func appendJSON(to []byte, s string) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string into memory
	return append(to, bytes.TrimRight(b.Bytes(), "\n")...)
}

// accessDeniedDetail returns the detail of a denial of operation, with its keys in the
// order of the vendor's samples.
func accessDeniedDetail(operation *esaops.Operation) string {
	return `,"AccessDeniedDetail":{"PolicyType":"AccountLevelIdentityBasedPolicy","AuthPrincipalOwnerId":"1000000000000001",` +
		`"EncodedDiagnosticMessage":"AQEAAAAA","AuthPrincipalType":"SubUser","AuthPrincipalDisplayName":"200000000000000001",` +
		`"NoPermissionType":"ImplicitDeny","AuthAction":"` + operation.RAMAction + `"}`
}

func (s script) expandHeaders(headers []suite.Parameter) []suite.Parameter {
	filled := make([]suite.Parameter, len(headers))
	for i, header := range headers {
		filled[i] = suite.Parameter{Name: header.Name, Value: s.expand(header.Value, 0)}
	}
	return filled
}

// requestID returns the ID of response i: an upper-case UUID whose third group begins
// with 5, like those of the gateway. It is the same in every run.
func (s script) requestID(i int) string {
	sum := sha256.Sum256([]byte("request " + s.id + " " + strconv.Itoa(i)))
	sum[6] = sum[6]&0x0f | 0x50
	id := strings.ToUpper(hex.EncodeToString(sum[:16]))
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// requestIDOf returns the request ID in a body, or "".
func requestIDOf(body []byte) string {
	var fields struct {
		RequestID string `json:"RequestId"`
	}
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	return fields.RequestID
}

// wire returns the encoded head and body. at is the time in the Date header.
func (r *reply) wire(at time.Time) (head, body []byte) {
	body = r.body
	if r.Gzip {
		body = compress(body)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	for _, header := range r.head(at, body) {
		fmt.Fprintf(&b, "%s: %s\r\n", header.Name, header.Value)
	}
	b.WriteString("\r\n")
	if !r.hasBody() {
		body = nil
	}
	return b.Bytes(), body
}

// hasBody reports whether HTTP allows a body for the status.
func (r *reply) hasBody() bool {
	return r.status >= 200 && r.status != http.StatusNoContent && r.status != http.StatusNotModified
}

// head returns the headers in the order and spelling of the gateway. Headers of the case
// replace those of the gateway.
func (r *reply) head(at time.Time, body []byte) []suite.Parameter {
	headers := []suite.Parameter{{Name: "Date", Value: at.UTC().Format(http.TimeFormat)}}
	if r.hasBody() {
		kind := r.ContentType
		if kind == "" {
			kind = contentType
		}
		headers = append(headers, suite.Parameter{Name: "Content-Type", Value: kind},
			suite.Parameter{Name: "Content-Length", Value: strconv.Itoa(len(body))})
	}
	headers = append(headers, suite.Parameter{Name: "Connection", Value: "keep-alive"})
	if r.Gzip {
		headers = append(headers, suite.Parameter{Name: "Content-Encoding", Value: "gzip"})
	}
	if r.isFromGateway() {
		headers = append(headers, r.gatewayHeaders(body)...)
	}
	for _, header := range r.Headers {
		headers = setHeader(headers, header)
	}
	return headers
}

// isFromGateway reports whether the gateway would send the response. An HTML page is sent
// by a proxy in front of it, without its headers.
func (r *reply) isFromGateway() bool {
	return r.ContentType == "" || strings.Contains(strings.ToLower(r.ContentType), "json")
}

func (r *reply) gatewayHeaders(body []byte) []suite.Parameter {
	headers := []suite.Parameter{
		{Name: "Keep-Alive", Value: "timeout=25"},
		{Name: "Access-Control-Allow-Origin", Value: "*"},
		{Name: "Access-Control-Expose-Headers", Value: "*"},
	}
	if r.requestID != "" {
		sum := sha256.Sum256([]byte("trace " + r.requestID))
		headers = append(headers, suite.Parameter{Name: "x-acs-request-id", Value: r.requestID},
			suite.Parameter{Name: "x-acs-trace-id", Value: hex.EncodeToString(sum[:16])})
	}
	if r.status == http.StatusOK && len(body) > 0 && !r.Gzip {
		headers = append(headers, suite.Parameter{Name: "ETag", Value: etag(body)})
	}
	return headers
}

// etag returns the ETag of the gateway, which has no quotes: the first digit of the
// length, 22 characters of the base64 MD5, the last digit of the length.
func etag(body []byte) string {
	sum := md5.Sum(body) //nolint:gosec // not used for security
	length := strconv.Itoa(len(body))
	return length[:1] + base64.StdEncoding.EncodeToString(sum[:])[:22] + length[len(length)-1:]
}

// setHeader replaces the headers with the name of header, or deletes them if its value is
// empty.
func setHeader(headers []suite.Parameter, header suite.Parameter) []suite.Parameter {
	kept := make([]suite.Parameter, 0, len(headers)+1)
	for _, h := range headers {
		if !strings.EqualFold(h.Name, header.Name) {
			kept = append(kept, h)
		}
	}
	if header.Value != "" {
		kept = append(kept, header)
	}
	return kept
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // into memory
	_ = w.Close()
	return b.Bytes()
}
