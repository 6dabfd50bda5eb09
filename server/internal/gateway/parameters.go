package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/refusal"
)

const (
	paramSiteID = "SiteId" // decides permission and scenario
	paramFormat = "Format" // of the response, for every operation
)

// joinParameters returns the parameters of the query and of the body. It decodes
// query and form like the signature. The note explains why a body carries no
// parameters; it is empty if the body carries some or is empty.
//
// The type of the body decides whether it carries parameters, so with ACS3 it must
// be signed. Signature 1.0 covers the fields of a form themselves.
func joinParameters(r *http.Request, m *signature.Message, claim *signature.Claim) (values url.Values, note string, err error) {
	values, err = signature.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, "", refusal.New(esaerrors.InvalidParameter, "the query: %v", err)
	}
	if len(m.Body) == 0 {
		return values, "", nil
	}
	if form := m.Form(); form != "" {
		return values, "", addForm(values, form, claim)
	}
	if mediaType(m) == jsonType {
		note, err = addJSON(values, m.Body, claim)
		return values, note, err
	}
	return values, noParameters(m), nil
}

func addForm(values url.Values, body string, claim *signature.Claim) error {
	if claim.Scheme.IsACS3() && !claim.Signs("content-type") {
		return refusal.New(esaerrors.IncompleteSignature, "the body is a form, and its content-type is not signed")
	}
	form, err := signature.ParseQuery(body)
	if err != nil {
		return refusal.New(esaerrors.InvalidParameter, "the form: %v", err)
	}
	for name, list := range form {
		values[name] = append(values[name], list...)
	}
	return nil
}

// findOperation checks action and version, as the signature covers them, and the
// method against the contract.
func findOperation(claim *signature.Claim, method string) (*esaops.Operation, error) {
	op, known := esaops.Find(claim.Action)
	switch {
	case claim.Action == "":
		return nil, refusal.New(esaerrors.MissingAction, "neither x-acs-action nor Action was sent")
	case !known:
		return nil, refusal.New(esaerrors.InvalidActionNotFound, "the action is %q", truncate(claim.Action))
	case claim.Version == "":
		return nil, refusal.New(esaerrors.MissingVersion, "neither x-acs-version nor Version was sent")
	case claim.Version != esaops.Version:
		return nil, refusal.New(esaerrors.InvalidVersion, "the version is %q", truncate(claim.Version))
	case !slices.Contains(op.Methods, method):
		return nil, refusal.New(esaerrors.UnsupportedHTTPMethod, "%s takes %s, not %s", op.Action, strings.Join(op.Methods, " and "), truncate(method))
	}
	return op, nil
}

// checkFormat rejects response formats other than JSON.
func checkFormat(values url.Values) error {
	if format := values.Get(paramFormat); format != "" && !strings.EqualFold(format, "JSON") {
		return refusal.New(esaerrors.InvalidParameterFormat, "the format is %q, want JSON", truncate(format))
	}
	return nil
}

// checkParameters returns the error of the first parameter that is missing or
// repeated, else of the first one with a value of another type. After it, the
// generated stub can bind the values. Empty values count as missing and are deleted;
// parameters that the operation does not have are ignored.
func checkParameters(op *esaops.Operation, values url.Values) error {
	var invalid error
	for i := range op.Parameters {
		p := &op.Parameters[i]
		list := values[p.Name]
		if len(list) == 1 && list[0] == "" {
			delete(values, p.Name)
			list = nil
		}
		switch {
		case invalid != nil:
		case len(list) == 0 && p.Required:
			invalid = refusal.New(p.Missing, "%s is missing or empty", p.Name)
		case len(list) > 1:
			invalid = refusal.New(p.Invalid, "%s is sent %d times", p.Name, len(list))
		}
	}
	for i := range op.Parameters {
		if p := &op.Parameters[i]; invalid == nil && len(values[p.Name]) == 1 {
			invalid = checkKind(p, values[p.Name])
		}
	}
	return invalid
}

// checkKind checks the type of a parameter. It writes a boolean as the stub reads it.
func checkKind(p *esaops.Parameter, value []string) error {
	switch p.Kind {
	case esaops.Int32, esaops.Int64:
		bits := 64
		if p.Kind == esaops.Int32 {
			bits = 32
		}
		if _, err := strconv.ParseInt(value[0], 10, bits); err != nil {
			return refusal.New(p.Invalid, "%s %q is not a %d-bit integer", p.Name, truncate(value[0]), bits)
		}
	case esaops.Boolean:
		switch strings.ToLower(value[0]) {
		case "true", "1":
			value[0] = "true"
		case "false", "0":
			value[0] = "false"
		default:
			return refusal.New(p.Invalid, "%s %q is not true or false", p.Name, truncate(value[0]))
		}
	case esaops.String:
	}
	return nil
}
