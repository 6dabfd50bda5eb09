package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// Names of the parameters, as in the contract. The generated stub uses them too, but
// its errors are not those of the contract.
const (
	paramSiteID  = "SiteId"
	paramDomains = "Domains"
	paramType    = "Type"
	paramAlgType = "AlgType"
	paramFormat  = "Format"
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

// checkOperation checks action and version, as the signature covers them, against
// the contract.
func checkOperation(claim *signature.Claim) error {
	switch {
	case claim.Action == "":
		return refusal.New(esaerrors.MissingAction, "neither x-acs-action nor Action was sent")
	case claim.Action != esaapi.Action:
		return refusal.New(esaerrors.InvalidActionNotFound, "the action is %q", truncate(claim.Action))
	case claim.Version == "":
		return refusal.New(esaerrors.MissingVersion, "neither x-acs-version nor Version was sent")
	case claim.Version != esaapi.Version:
		return refusal.New(esaerrors.InvalidVersion, "the version is %q", truncate(claim.Version))
	}
	return nil
}

// checkFormat rejects response formats other than JSON.
func checkFormat(values url.Values) error {
	if format := values.Get(paramFormat); format != "" && !strings.EqualFold(format, "JSON") {
		return refusal.New(esaerrors.InvalidParameterFormat, "the format is %q, want JSON", truncate(format))
	}
	return nil
}

// parse has the generated stub parse c.values into c.params, and returns the
// documented error of the first invalid parameter.
func (c *call) parse(bind echo.HandlerFunc) error {
	dropEmpty(c.values, paramSiteID, paramDomains, paramType, paramAlgType)
	invalid, algTypes := checkCounts(c.values), c.values[paramAlgType]
	c.keepOneOfEach()
	err := bind(c)
	switch {
	case invalid != nil:
		return invalid
	case err != nil: // SiteId is the only parameter with a format
		return refusal.New(esaerrors.InvalidSiteID, "SiteId %q is not a 64-bit integer", truncate(c.values.Get(paramSiteID)))
	}
	return checkAlgType(algTypes)
}

// binder receives what the generated stub has parsed. GET and POST are one
// operation.
type binder struct{}

func (binder) ApplyCertificate(ec echo.Context, params esaapi.ApplyCertificateParams) error {
	c, ok := ec.(*call)
	if !ok {
		return fmt.Errorf("gateway: got a %T from the stub, want a call", ec)
	}
	c.params, c.hasSite = params, true
	return nil
}

func (b binder) ApplyCertificateGet(ec echo.Context, params esaapi.ApplyCertificateGetParams) error {
	return b.ApplyCertificate(ec, esaapi.ApplyCertificateParams(params))
}

// dropEmpty deletes parameters with an empty value, which count as missing.
func dropEmpty(values url.Values, names ...string) {
	for _, name := range names {
		if list, ok := values[name]; ok && slices.Contains(list, "") && len(list) == 1 {
			delete(values, name)
		}
	}
}

// checkCounts returns the error of a parameter that is missing or repeated.
func checkCounts(values url.Values) error {
	switch site, domains, types := len(values[paramSiteID]), len(values[paramDomains]), len(values[paramType]); {
	case site == 0:
		return refusal.New(esaerrors.MissingSiteID, "SiteId is missing or empty")
	case site > 1:
		return refusal.New(esaerrors.InvalidSiteID, "SiteId is sent %d times", site)
	case domains == 0:
		return refusal.New(esaerrors.MissingDomains, "Domains is missing or empty")
	case domains > 1:
		return refusal.New(esaerrors.InvalidDomains, "Domains is sent %d times", domains)
	case types > 1:
		return refusal.New(esaerrors.InvalidParameterType, "Type is sent %d times", types)
	}
	return nil
}

// keepOneOfEach leaves the stub one value of each parameter. Otherwise it would stop
// at the first missing or repeated one, but permission and scenario sites need
// SiteId even if another parameter is invalid.
func (c *call) keepOneOfEach() {
	for _, name := range [...]string{paramSiteID, paramDomains, paramType, paramAlgType} {
		if list := c.values[name]; len(list) > 1 {
			c.values[name] = list[:1]
		}
	}
	if len(c.values[paramDomains]) == 0 {
		c.values[paramDomains] = []string{""}
	}
}

// checkAlgType rejects values that cannot be stored verbatim. Unknown values pass:
// the vendor does not publish the values.
func checkAlgType(values []string) error {
	switch {
	case len(values) == 0:
		return nil
	case len(values) > 1:
		return refusal.New(esaerrors.InvalidAlgType, "AlgType is sent %d times", len(values))
	case len(values[0]) > esaapi.MaxAlgorithmType:
		return refusal.New(esaerrors.InvalidAlgType, "AlgType has %d bytes, more than %d", len(values[0]), esaapi.MaxAlgorithmType)
	case !utf8.ValidString(values[0]) || strings.ContainsFunc(values[0], func(r rune) bool { return !unicode.IsPrint(r) }):
		return refusal.New(esaerrors.InvalidAlgType, "AlgType %q is not printable", values[0])
	}
	return nil
}

// ignoredAlgType returns the note for the journal about an AlgType that does not
// select a key type, or "".
func ignoredAlgType(value string) string {
	if _, known := esaapi.KnownAlgorithmType(value); known || value == "" {
		return ""
	}
	return fmt.Sprintf("AlgType %q is ignored: want one of %s", value, strings.Join(esaapi.AlgorithmTypes(), ", "))
}
