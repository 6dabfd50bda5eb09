package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
)

// answer is an HTTP answer whose body was read.
type answer struct {
	status int
	header http.Header
	body   []byte
	reason Reason // why the body was not read to its end, or could not be decompressed
	err    error  // the cause of that
	hide   redactor
}

// decode makes of an answer either an output or an error, never both and never
// neither. It is lenient where real gateways are known to differ from the
// documented page: names of fields in any case, numbers for texts and texts for
// numbers, fields it does not know, any content type.
func (a *answer) decode() (*ApplyCertificateOutput, attemptError) {
	if a.reason == "" {
		return a.decodeWhole()
	}
	if a.reason == ReasonTruncated {
		// JSON says itself where it ends: if all of it came, nothing is missing.
		output, err := a.decodeWhole()
		if _, refused := err.(*ServiceError); refused || output != nil {
			return output, err
		}
	}
	return nil, a.unexpected(a.reason, "", a.err)
}

func (a *answer) decodeWhole() (*ApplyCertificateOutput, attemptError) {
	switch {
	case a.status/100 == 2:
		return a.decodeSuccess()
	case a.status/100 == 3:
		return nil, a.unexpected(ReasonRedirect, redirectTarget(a.header), nil)
	case a.status < 400 || a.status > 599:
		return nil, a.unexpected(ReasonStatus, "", nil)
	}
	return nil, a.decodeRefusal()
}

// What stands in a field that the body does not have. No JSON text decodes to
// absent, because a lone 0xff is no UTF-8; a count is not negative.
const (
	absent  = "\xff"
	noCount = math.MinInt64
)

// successBody is the body of an accepted call, as documented.
type successBody struct {
	SiteName   string
	TotalCount int64
	Result     []resultItem
	RequestID  string `json:"RequestId"`
}

type resultItem struct {
	Domain string
	Status string
	ID     string `json:"Id"`
}

// newSuccessBody is a body in which every field is absent.
func newSuccessBody() successBody {
	return successBody{SiteName: absent, RequestID: absent, TotalCount: noCount}
}

func (a *answer) decodeSuccess() (*ApplyCertificateOutput, attemptError) {
	body := newSuccessBody()
	err := json.Unmarshal(a.body, &body)
	if err != nil {
		if _, broken := errors.AsType[*json.SyntaxError](err); broken {
			return nil, a.notJSON(err)
		}
		if body, err = leniently(a.body); err != nil {
			return nil, a.unexpected(ReasonWrongType, a.wrongValue(err), err)
		}
	}
	switch {
	case body.Result == nil:
		return nil, a.withoutResult()
	case body.SiteName == absent:
		return nil, a.unexpected(ReasonMissing, "SiteName", nil)
	case body.TotalCount == noCount:
		return nil, a.unexpected(ReasonMissing, "TotalCount", nil)
	case body.TotalCount < 0:
		return nil, a.unexpected(ReasonWrongType, "TotalCount is negative", nil)
	case body.RequestID == absent:
		return nil, a.unexpected(ReasonMissing, "RequestId", nil)
	}
	applications := make([]Application, len(body.Result))
	for i, item := range body.Result {
		if missing := item.missing(); missing != "" {
			return nil, a.unexpected(ReasonMissing, "Result["+strconv.Itoa(i)+"]."+missing, nil)
		}
		applications[i] = Application(item)
	}
	return &ApplyCertificateOutput{
		SiteName: body.SiteName, TotalCount: body.TotalCount, Applications: applications, RequestID: body.RequestID,
		Status: a.status, Header: a.header,
	}, nil
}

// missing names the first field that is not there. An empty one counts: no
// application is without.
func (i *resultItem) missing() string {
	switch {
	case i.Domain == "":
		return "Domain"
	case i.Status == "":
		return "Status"
	case i.ID == "":
		return "Id"
	}
	return ""
}

// withoutResult says what a body with a status of success and no Result is.
func (a *answer) withoutResult() *UnexpectedAnswerError {
	var refusal refusalBody
	if json.Unmarshal(a.body, &refusal) == nil && refusal.Code != "" {
		return a.unexpected(ReasonErrorWith2x, string(refusal.Code)+": "+string(refusal.Message), nil)
	}
	return a.unexpected(ReasonMissing, "Result", nil)
}

// refusalBody is the body of an error.
type refusalBody struct {
	Code               scalar
	Message            scalar
	RequestID          scalar `json:"RequestId"`
	HostID             scalar `json:"HostId"`
	Recommend          scalar
	AccessDeniedDetail json.RawMessage
}

func (a *answer) decodeRefusal() attemptError {
	var body refusalBody
	if err := json.Unmarshal(a.body, &body); err != nil {
		if _, broken := errors.AsType[*json.SyntaxError](err); broken {
			return a.notJSON(err)
		}
		return a.unexpected(ReasonNotAnError, a.wrongValue(err), err)
	}
	if body.Code == "" {
		return a.unexpected(ReasonNotAnError, "it has no Code", nil)
	}
	if body.RequestID == "" {
		body.RequestID = scalar(a.header.Get(headerRequestID))
	}
	return &ServiceError{
		Code: string(body.Code), Message: string(body.Message), Status: a.status,
		RequestID: string(body.RequestID), HostID: string(body.HostID), Recommend: string(body.Recommend),
		AccessDenied: decodeDetail(body.AccessDeniedDetail), Header: a.header,
	}
}

// decodeDetail reads the detail of a denial. It is an extra: one that cannot be
// read must not hide the error that it belongs to.
func decodeDetail(raw json.RawMessage) *AccessDeniedDetail {
	var body struct {
		AuthAction               scalar
		AuthPrincipalDisplayName scalar
		AuthPrincipalOwnerID     scalar `json:"AuthPrincipalOwnerId"`
		AuthPrincipalType        scalar
		EncodedDiagnosticMessage scalar
		NoPermissionType         scalar
		PolicyType               scalar
	}
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &body) != nil {
		return nil
	}
	return &AccessDeniedDetail{
		AuthAction:               string(body.AuthAction),
		AuthPrincipalDisplayName: string(body.AuthPrincipalDisplayName),
		AuthPrincipalOwnerID:     string(body.AuthPrincipalOwnerID),
		AuthPrincipalType:        string(body.AuthPrincipalType),
		EncodedDiagnosticMessage: string(body.EncodedDiagnosticMessage),
		NoPermissionType:         string(body.NoPermissionType),
		PolicyType:               string(body.PolicyType),
	}
}

// notJSON says what a body that cannot be parsed is.
func (a *answer) notJSON(err error) *UnexpectedAnswerError {
	switch {
	case len(bytes.TrimSpace(a.body)) == 0:
		return a.unexpected(ReasonEmpty, "", nil)
	case err.Error() == endsEarly:
		return a.unexpected(ReasonTruncated, "", io.ErrUnexpectedEOF)
	}
	return a.unexpected(ReasonNotJSON, "", err)
}

// endsEarly is the decoder's error for a text that stops in the middle. There
// is no value to compare it with.
const endsEarly = "unexpected end of JSON input"

func (a *answer) unexpected(reason Reason, detail string, err error) *UnexpectedAnswerError {
	return &UnexpectedAnswerError{
		Reason: reason, Detail: snippet(a.hide.text(detail)), Status: a.status, Snippet: snippet(a.hide.text(string(a.body))),
		ContentType: a.hide.text(a.header.Get("Content-Type")), RequestID: a.hide.text(a.header.Get(headerRequestID)),
		Header: a.header, Err: err,
	}
}

const headerRequestID = "X-Acs-Request-Id"

// wrongField tells which field has the wrong type.
func wrongField(err *json.UnmarshalTypeError) string {
	if err.Field == "" {
		return "it is a JSON " + err.Value
	}
	return err.Field + " is a JSON " + err.Value
}

// redirectTarget names where a redirect leads, without a query: it may repeat
// what was signed.
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
