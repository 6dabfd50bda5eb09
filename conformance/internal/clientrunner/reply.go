package clientrunner

import (
	"bytes"
	"compress/gzip"
	"crypto/md5" //nolint:gosec // the gateway's ETag is made of it
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
)

// contentType is how the gateway writes the type of its answers: no blank.
const contentType = "application/json;charset=utf-8"

// reply is what the scripted server does with one request, ready to be sent.
type reply struct {
	suite.Reply
	status    int
	body      []byte // before compression
	requestID string // that the body tells; "" if it tells none
}

// script makes the replies of a case.
type script struct {
	id       string // of the case
	contract *suite.Contract
	endpoint string // http://127.0.0.1:port
}

// number gives reply i, from 0; beyond the last it is the last.
func (s script) reply(i int, replies []suite.Reply) (reply, error) {
	if len(replies) == 0 { // a request that nobody expected
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

// fill puts the address of the server and a request id into a text.
func (s script) expand(text string, i int) string {
	return strings.NewReplacer("${endpoint}", s.endpoint, "${request_id}", s.requestID(i)).Replace(text)
}

func (s script) literalReply(r suite.Reply, body []byte) reply {
	made := reply{Reply: r, status: r.Status, body: body, requestID: requestIDOf(body)}
	if made.status == 0 {
		made.status = http.StatusOK
	}
	made.Headers = s.expandHeaders(r.Headers)
	return made
}

// ofRow writes an error as the gateway does. It has two orders of fields: one
// for what it says itself, one for what the service behind it says.
func (s script) errorReply(i int, r suite.Reply, row *esaerrors.Error) reply {
	id, host := s.requestID(i), strings.TrimPrefix(s.endpoint, "http://")
	fields := map[string]string{
		"RequestId": id, "HostId": host, "Code": row.Code, "Message": row.Message,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + row.Code + "&product=" + esaapi.Product + "&requestId=" + id,
	}
	order := []string{"RequestId", "Message", "Recommend", "HostId", "Code"}
	if row.Number > 0 {
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
		body = append(body, accessDeniedDetail...)
	}
	made := s.literalReply(r, append(body, '}'))
	if r.Status == 0 {
		made.status = row.Status
	}
	return made
}

// appendJSON writes a text as JSON without the escapes meant for HTML, which
// the gateway does not make.
func appendJSON(to []byte, text string) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // of a text into memory
	return append(to, bytes.TrimRight(b.Bytes(), "\n")...)
}

// denied is the detail of a denial, with the keys in the order of the vendor's
// samples.
const accessDeniedDetail = `,"AccessDeniedDetail":{"PolicyType":"AccountLevelIdentityBasedPolicy","AuthPrincipalOwnerId":"1000000000000001",` +
	`"EncodedDiagnosticMessage":"AQEAAAAA","AuthPrincipalType":"SubUser","AuthPrincipalDisplayName":"200000000000000001",` +
	`"NoPermissionType":"ImplicitDeny","AuthAction":"` + esaapi.RAMAction + `"}`

func (s script) expandHeaders(headers []suite.Parameter) []suite.Parameter {
	filled := make([]suite.Parameter, len(headers))
	for i, header := range headers {
		filled[i] = suite.Parameter{Name: header.Name, Value: s.expand(header.Value, 0)}
	}
	return filled
}

// requestID gives the id of an answer: an upper-case UUID whose third group
// begins with 5, as the gateway's do. It is the same in every run.
func (s script) requestID(i int) string {
	sum := sha256.Sum256([]byte("request " + s.id + " " + strconv.Itoa(i)))
	sum[6] = sum[6]&0x0f | 0x50
	text := strings.ToUpper(hex.EncodeToString(sum[:16]))
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// requestIDOf reads the request id of a body; "" if it shows none.
func requestIDOf(body []byte) string {
	var fields struct {
		RequestID string `json:"RequestId"`
	}
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	return fields.RequestID
}

// wire gives the reply as it is sent, head and body, at a time.
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

// hasBody reports whether HTTP knows a body for the status.
func (r *reply) hasBody() bool {
	return r.status >= 200 && r.status != http.StatusNoContent && r.status != http.StatusNotModified
}

// head gives the headers in the order and spelling of the gateway's; those of
// the case take the place of the gateway's.
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
	for _, own := range r.Headers {
		headers = setHeader(headers, own)
	}
	return headers
}

// ofGateway reports whether the gateway itself would write such an answer. A
// page of HTML comes from what stands before it, without its headers.
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

// etag is the gateway's, which has no quotes: the first digit of the length,
// 22 characters of the base64 MD5, the last digit of the length.
func etag(body []byte) string {
	sum := md5.Sum(body) //nolint:gosec // no protection is asked of it
	length := strconv.Itoa(len(body))
	return length[:1] + base64.StdEncoding.EncodeToString(sum[:])[:22] + length[len(length)-1:]
}

// replaced puts a header in the place of those of its name; with an empty value
// it takes them out.
func setHeader(headers []suite.Parameter, own suite.Parameter) []suite.Parameter {
	kept := make([]suite.Parameter, 0, len(headers)+1)
	for _, header := range headers {
		if !strings.EqualFold(header.Name, own.Name) {
			kept = append(kept, header)
		}
	}
	if own.Value != "" {
		kept = append(kept, own)
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
