package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
)

// response is an HTTP response whose body was read.
type response struct {
	status   int
	header   http.Header
	body     []byte
	reason   string // why the body was not read to its end, or could not be decompressed
	err      error  // the cause of that
	redactor redactor
}

// decode returns either an output or an error. It is lenient if gateways are
// known to differ from the documented page: field names in any case, numbers
// for strings and strings for numbers, unknown fields, any content type.
func (r *response) decode() (*ApplyCertificateOutput, attemptError) {
	if r.reason == "" {
		return r.decodeWhole()
	}
	if r.reason == reasonTruncated {
		// A JSON document that ends is complete, even if the connection broke
		// afterwards.
		output, err := r.decodeWhole()
		if _, refused := err.(*ServiceError); refused || output != nil {
			return output, err
		}
	}
	return nil, r.unexpected(r.reason, "", r.err)
}

func (r *response) decodeWhole() (*ApplyCertificateOutput, attemptError) {
	switch {
	case r.status/100 == 2:
		return r.decodeSuccess()
	case r.status/100 == 3:
		return nil, r.unexpected(reasonRedirect, redirectTarget(r.header), nil)
	case r.status < 400 || r.status > 599:
		return nil, r.unexpected(reasonStatus, "", nil)
	}
	return nil, r.decodeRefusal()
}

// Values of fields that the body lacks. No JSON string decodes to absentText,
// because a lone 0xff is not UTF-8; a count is not negative.
const (
	absentText  = "\xff"
	absentCount = math.MinInt64
)

func (r *response) decodeSuccess() (*ApplyCertificateOutput, attemptError) {
	body, err := decodeBody(r.body, esaapi.ApplyCertificateResponseBody{
		SiteName: absentText, RequestID: absentText, TotalCount: absentCount,
	})
	if err != nil {
		return nil, r.decodeError(reasonWrongType, err)
	}
	switch {
	case body.Result == nil:
		return nil, r.missingResult()
	case body.SiteName == absentText:
		return nil, r.unexpected(reasonMissing, "SiteName", nil)
	case body.TotalCount == absentCount:
		return nil, r.unexpected(reasonMissing, "TotalCount", nil)
	case body.TotalCount < 0:
		return nil, r.unexpected(reasonWrongType, "TotalCount is negative", nil)
	case body.RequestID == absentText:
		return nil, r.unexpected(reasonMissing, "RequestId", nil)
	}
	applications := make([]Application, len(body.Result))
	for i, item := range body.Result {
		if missing := missingField(item); missing != "" {
			return nil, r.unexpected(reasonMissing, "Result["+strconv.Itoa(i)+"]."+missing, nil)
		}
		applications[i] = Application(item)
	}
	return &ApplyCertificateOutput{
		SiteName: body.SiteName, TotalCount: body.TotalCount, Applications: applications, RequestID: body.RequestID,
		Status: r.status, Header: r.header,
	}, nil
}

// missingField names the first field that is missing or empty: every
// application has all of them.
func missingField(item esaapi.CertificateApplication) string {
	switch {
	case item.Domain == "":
		return "Domain"
	case item.Status == "":
		return "Status"
	case item.ID == "":
		return "Id"
	}
	return ""
}

// missingResult explains a body with a status of success and without Result.
func (r *response) missingResult() *UnexpectedResponseError {
	refusal, err := decodeBody(r.body, esaapi.Error{})
	if err == nil && refusal.Code != "" {
		return r.unexpected(reasonErrorWithSuccessStatus, refusal.Code+": "+refusal.Message, nil)
	}
	return r.unexpected(reasonMissing, "Result", nil)
}

func (r *response) decodeRefusal() attemptError {
	body, err := decodeBody(r.body, esaapi.Error{})
	if err != nil {
		return r.decodeError(reasonUndocumentedError, err)
	}
	if body.Code == "" {
		return r.unexpected(reasonUndocumentedError, "Code is missing", nil)
	}
	return &ServiceError{
		Code: body.Code, Message: body.Message, Status: r.status,
		RequestID: cmp.Or(body.RequestID, r.header.Get(headerRequestID)), HostID: value(body.HostID), Recommend: value(body.Recommend),
		AccessDenied: newAccessDenied(body.AccessDeniedDetail), Header: r.header,
	}
}

func newAccessDenied(d *esaapi.AccessDeniedDetail) *AccessDeniedDetail {
	if d == nil {
		return nil
	}
	return &AccessDeniedDetail{
		AuthAction:               value(d.AuthAction),
		AuthPrincipalDisplayName: value(d.AuthPrincipalDisplayName),
		AuthPrincipalOwnerID:     value(d.AuthPrincipalOwnerID),
		AuthPrincipalType:        value(d.AuthPrincipalType),
		EncodedDiagnosticMessage: value(d.EncodedDiagnosticMessage),
		NoPermissionType:         value(d.NoPermissionType),
		PolicyType:               value(d.PolicyType),
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// decodeError explains a body that does not decode: it is not JSON, or else the
// given reason holds.
func (r *response) decodeError(reason string, err error) *UnexpectedResponseError {
	if _, broken := errors.AsType[*json.SyntaxError](err); broken {
		return r.notJSON(err)
	}
	mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return r.unexpected(reason, err.Error(), err)
	}
	// The caller may print the error, and Value quotes a number.
	mismatch.Value = r.redactor.redact(mismatch.Value)
	return r.unexpected(reason, wrongField(mismatch), err)
}

// notJSON explains a body that is not JSON.
func (r *response) notJSON(err error) *UnexpectedResponseError {
	switch {
	case len(bytes.TrimSpace(r.body)) == 0:
		return r.unexpected(reasonEmpty, "", nil)
	case err.Error() == jsonTruncatedText:
		return r.unexpected(reasonTruncated, "", io.ErrUnexpectedEOF)
	}
	return r.unexpected(reasonNotJSON, "", err)
}

// jsonTruncatedText is the decoder's error for a truncated document.
// encoding/json has no value to compare it with.
const jsonTruncatedText = "unexpected end of JSON input"

func (r *response) unexpected(reason string, detail string, err error) *UnexpectedResponseError {
	return &UnexpectedResponseError{
		Reason: reason, Detail: snippet(r.redactor.redact(detail)), Status: r.status, Snippet: snippet(r.redactor.redact(string(r.body))),
		ContentType: r.redactor.redact(r.header.Get("Content-Type")), RequestID: r.redactor.redact(r.header.Get(headerRequestID)),
		Header: r.header, Err: err,
	}
}

const headerRequestID = "X-Acs-Request-Id"

// wrongField names the field with the wrong type.
func wrongField(err *json.UnmarshalTypeError) string {
	if err.Field == "" {
		return "body is a JSON " + err.Value
	}
	return err.Field + " is a JSON " + err.Value
}

// redirectTarget returns the target of a redirect without its query, which may
// repeat what was signed.
func redirectTarget(h http.Header) string {
	target, err := url.Parse(h.Get("Location"))
	if err != nil || target.Host == "" && target.Path == "" {
		return ""
	}
	if target.Host == "" {
		return "to " + target.EscapedPath()
	}
	return "to " + target.Scheme + "://" + target.Host
}

// decodeBody decodes a body into a generated type. If a field has another type
// than documented, it decodes the normalized body instead.
func decodeBody[T any](raw []byte, empty T) (T, error) {
	body := empty
	err := json.Unmarshal(raw, &body)
	if _, mismatch := errors.AsType[*json.UnmarshalTypeError](err); !mismatch {
		return body, err
	}
	body = empty
	return body, json.Unmarshal(normalize(raw), &body)
}

// normalize converts the deviations from the documented types that are known: a
// page of the vendor shows Id without quotes, codes were seen as numbers, and
// the vendor's typed SDKs accept TotalCount as a string. It returns a body that
// it cannot read unchanged.
func normalize(raw []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if decoder.Decode(&tree) != nil {
		return raw
	}
	normalized, err := json.Marshal(normalizeValue("", tree))
	if err != nil {
		return raw
	}
	return normalized
}

// normalizeValue converts the value of the named field and everything in it.
func normalizeValue(name string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			if value[key] = normalizeValue(key, member); strings.EqualFold(key, "AccessDeniedDetail") && !isDetail(value[key]) {
				delete(value, key)
			}
		}
	case []any:
		for i, item := range value {
			value[i] = normalizeValue("", item)
		}
	case json.Number:
		if !strings.EqualFold(name, "TotalCount") {
			return value.String()
		}
	case string:
		if count, err := strconv.ParseInt(value, 10, 64); err == nil && strings.EqualFold(name, "TotalCount") {
			return count
		}
	}
	return value
}

// isDetail reports whether a value decodes as the detail of a denial. The detail
// is optional: one that does not decode must not hide the error around it.
func isDetail(value any) bool {
	raw, err := json.Marshal(value)
	return err == nil && json.Unmarshal(raw, new(esaapi.AccessDeniedDetail)) == nil
}
