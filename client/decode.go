package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
)

// response is an HTTP response whose body was read.
type response struct {
	operation string
	status    int
	header    http.Header
	body      []byte
	reason    string // why the body was not read to its end, or could not be decompressed
	err       error  // the cause of that
	redactor  redactor
}

// decode sets the output or returns an error. It is lenient if gateways are
// known to differ from the documented page: field names in any case, numbers
// for strings and strings for numbers, unknown fields, any content type.
func (r *response) decode(out output) attemptError {
	if r.reason == "" {
		return r.decodeWhole(out)
	}
	if r.reason == reasonTruncated {
		// A JSON document that ends is complete, even if the connection broke
		// afterwards.
		err := r.decodeWhole(out)
		if _, refused := err.(*ServiceError); refused || err == nil {
			return err
		}
	}
	return r.unexpected(r.reason, "", r.err)
}

func (r *response) decodeWhole(out output) attemptError {
	switch {
	case r.status/100 == 2:
		return out.decode(r)
	case r.status/100 == 3:
		return r.unexpected(reasonRedirect, redirectTarget(r.header), nil)
	case r.status < 400 || r.status > 599:
		return r.unexpected(reasonStatus, "", nil)
	}
	return r.decodeRefusal()
}

// Values of fields that the body lacks. No JSON string decodes to absentText,
// because a lone 0xff is not UTF-8; a count is not negative.
const (
	absentText  = "\xff"
	absentCount = math.MinInt64
)

func (o *ApplyCertificateOutput) decode(r *response) attemptError {
	body, err := decodeBody(r.body, esaapi.ApplyCertificateResponseBody{
		SiteName: absentText, RequestID: absentText, TotalCount: absentCount,
	})
	if err != nil {
		return r.decodeError(reasonWrongType, err)
	}
	switch {
	case body.Result == nil:
		return r.missing("Result")
	case body.SiteName == absentText:
		return r.unexpected(reasonMissing, "SiteName", nil)
	case body.TotalCount == absentCount:
		return r.unexpected(reasonMissing, "TotalCount", nil)
	case body.TotalCount < 0:
		return r.unexpected(reasonWrongType, "TotalCount is negative", nil)
	case body.RequestID == absentText:
		return r.unexpected(reasonMissing, "RequestId", nil)
	}
	applications := make([]Application, len(body.Result))
	for i, item := range body.Result {
		if missing := missingField(item); missing != "" {
			return r.unexpected(reasonMissing, "Result["+strconv.Itoa(i)+"]."+missing, nil)
		}
		applications[i] = Application(item)
	}
	*o = ApplyCertificateOutput{
		SiteName: body.SiteName, TotalCount: body.TotalCount, Applications: applications, RequestID: body.RequestID,
		ResponseInfo: ResponseInfo{Status: r.status, Header: r.header},
	}
	return nil
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

// missing explains a body with a status of success and without a required field.
func (r *response) missing(field string) *UnexpectedResponseError {
	refusal, err := decodeBody(r.body, esaapi.Error{})
	if err == nil && refusal.Code != "" {
		return r.unexpected(reasonErrorWithSuccessStatus, refusal.Code+": "+refusal.Message, nil)
	}
	return r.unexpected(reasonMissing, field, nil)
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
		Operation: r.operation,
		Code:      body.Code, Message: body.Message, Status: r.status,
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
		Operation: r.operation,
		Reason:    reason, Detail: snippet(r.redactor.redact(detail)), Status: r.status, Snippet: snippet(r.redactor.redact(string(r.body))),
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
	return body, json.Unmarshal(normalize(raw, reflect.TypeFor[T]()), &body)
}

// normalize converts the deviations from the documented types that are known: a
// page of the vendor shows Id without quotes, codes were seen as numbers, and
// the vendor's typed SDKs accept TotalCount as a string. It returns a body that
// it cannot read unchanged.
func normalize(raw []byte, as reflect.Type) []byte {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree any
	if decoder.Decode(&tree) != nil {
		return raw
	}
	normalized, err := json.Marshal(normalizeValue(tree, as))
	if err != nil {
		return raw
	}
	return normalized
}

// normalizeValue converts a value and everything in it to the kinds of a type.
func normalizeValue(value any, as reflect.Type) any {
	if as.Kind() == reflect.Pointer {
		as = as.Elem()
	}
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			if as.Kind() == reflect.Map {
				value[key] = normalizeValue(member, as.Elem())
			} else if field, ok := fieldOf(as, key); ok {
				if value[key] = normalizeValue(member, field); field == reflect.TypeFor[*esaapi.AccessDeniedDetail]() && !isDetail(value[key]) {
					delete(value, key)
				}
			}
		}
	case []any:
		if as.Kind() == reflect.Slice {
			for i, item := range value {
				value[i] = normalizeValue(item, as.Elem())
			}
		}
	case json.Number:
		if as.Kind() == reflect.String {
			return value.String()
		}
	case string:
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && (as.Kind() == reflect.Int64 || as.Kind() == reflect.Int32) {
			return n
		}
	}
	return value
}

// fieldOf returns the type of the field that a key of a JSON object decodes into.
func fieldOf(object reflect.Type, key string) (reflect.Type, bool) {
	if object.Kind() != reflect.Struct {
		return nil, false
	}
	for field := range fieldsOf(object) {
		if strings.EqualFold(field.name, key) {
			return field.of.Type, true
		}
	}
	return nil, false
}

// jsonField is a field of a generated type.
type jsonField struct {
	name     string // on the wire
	required bool
	of       reflect.StructField
}

// fieldsOf iterates over the fields of a generated type.
func fieldsOf(object reflect.Type) iter.Seq[jsonField] {
	return func(yield func(jsonField) bool) {
		for i := range object.NumField() {
			name, options, _ := strings.Cut(object.Field(i).Tag.Get("json"), ",")
			if !yield(jsonField{name, options == "", object.Field(i)}) {
				return
			}
		}
	}
}

// decodeSuccess decodes a body with a status of success into a generated type, and
// checks that no required field is missing.
func decodeSuccess[T any](r *response, body *T, info *ResponseInfo) attemptError {
	decoded, err := decodeBody(r.body, *new(T))
	if err != nil {
		return r.decodeError(reasonWrongType, err)
	}
	if missing := missingIn(r.body, reflect.TypeFor[T]()); missing != "" {
		return r.missing(missing)
	}
	*body, *info = decoded, ResponseInfo{Status: r.status, Header: r.header}
	return nil
}

// missingIn returns the first required field that a JSON object lacks, or "".
func missingIn(raw []byte, object reflect.Type) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return ""
	}
	given := make(map[string]bool, len(members))
	for name, value := range members {
		given[strings.ToLower(name)] = string(value) != "null"
	}
	for field := range fieldsOf(object) {
		if field.required && !given[strings.ToLower(field.name)] {
			return field.name
		}
	}
	return ""
}

// isDetail reports whether a value decodes as the detail of a denial. The detail
// is optional: one that does not decode must not hide the error around it.
func isDetail(value any) bool {
	raw, err := json.Marshal(value)
	return err == nil && json.Unmarshal(raw, new(esaapi.AccessDeniedDetail)) == nil
}
