package gateway

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/jsonbody"
	"github.com/esacert/esacert/server/internal/refusal"
)

// jsonType is the media type of a JSON body, whose members are parameters.
const jsonType = "application/json"

// mediaType returns the type of the body in lower case, without its parameters.
func mediaType(m *signature.Message) string {
	mediaType, _, _ := strings.Cut(m.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(mediaType))
}

// noParameters returns the note about a body of another type.
func noParameters(m *signature.Message) string {
	const instead = "carries no parameters; send application/x-www-form-urlencoded or application/json, or a query"
	if sent := mediaType(m); sent != "" {
		return "the body's type " + strconv.Quote(truncate(sent)) + " " + instead
	}
	return "the body has no content-type and " + instead
}

// addJSON adds the members of a JSON body to the parameters. Only ACS3 signs the body
// and, if listed, its type. Under any other scheme the body carries no parameters,
// which the note explains.
//
// Source: a public client of ESA (NewFuture/DDNS, provider aliesa).
func addJSON(values url.Values, body []byte, claim *signature.Claim) (note string, err error) {
	if !claim.Scheme.IsACS3() {
		scheme := claim.Scheme.String()
		if claim.Scheme == signature.Bearer {
			scheme = "a bearer token"
		}
		return "the body is JSON and carries no parameters: " + scheme +
			" covers neither a JSON body nor its type; send a query or a form, or sign with ACS3", nil
	}
	members, err := jsonbody.Parse(body)
	if err != nil {
		return "", invalidJSON(claim, err)
	}
	if len(members) > 0 && !claim.Signs("content-type") {
		return "", refusal.New(esaerrors.IncompleteSignature, "the body is JSON with parameters, and its content-type is not signed")
	}
	for _, m := range members {
		switch row, known := invalidRow(claim, m.Name); {
		case m.Kind == jsonbody.Null:
		case m.Kind != jsonbody.Array && m.Kind != jsonbody.Object:
			values[m.Name] = append(values[m.Name], m.Value)
		case known:
			return "", refusal.New(row, "%s is a JSON %s; send a string, a number or a boolean", m.Name, kindName(m.Kind))
		}
	}
	return "", nil
}

// invalidJSON returns the error for an unreadable object: that of the invalid
// parameter, if the operation has it.
func invalidJSON(claim *signature.Claim, err error) error {
	row := esaerrors.InvalidParameter
	if wrong, ok := errors.AsType[*jsonbody.Error](err); ok {
		if known, found := invalidRow(claim, wrong.Member); found {
			row = known
		}
	}
	return refusal.New(row, "the JSON body: %v", err)
}

// invalidRow returns the error for a malformed parameter of the operation that was
// claimed.
func invalidRow(claim *signature.Claim, name string) (*esaerrors.Error, bool) {
	if name == paramFormat {
		return esaerrors.InvalidParameterFormat, true
	}
	op, ok := esaops.Find(claim.Action)
	if !ok {
		return nil, false
	}
	p, ok := op.Parameter(name)
	return p.Invalid, ok
}

func kindName(k jsonbody.Kind) string {
	if k == jsonbody.Array {
		return "array"
	}
	return "object"
}
