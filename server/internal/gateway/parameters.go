package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Names of parameters, as in the contract. The stub knows them too, but gives
// its errors as sentences.
const (
	paramSiteID  = "SiteId"
	paramDomains = "Domains"
	paramType    = "Type"
	paramAlgType = "AlgType"
	paramFormat  = "Format"
)

// readParameters joins the parameters of the query and of the body. It decodes
// query and form as the signature did. The note explains why a body carries no
// parameters; it is empty if the body does, or is empty itself.
//
// The type of the body decides whether it has parameters, so with ACS3 it must
// be signed; with signature 1.0 the fields of a form themselves are.
func readParameters(r *http.Request, m *signature.Message, claim *signature.Claim) (values url.Values, note string, err error) {
	values, err = signature.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, "", newHTTPError(esaerrors.InvalidParameter, "the query: "+err.Error())
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
		return newHTTPError(esaerrors.IncompleteSignature, "the body is a form, and its content-type is not signed")
	}
	form, err := signature.ParseQuery(body)
	if err != nil {
		return newHTTPError(esaerrors.InvalidParameter, "the form: "+err.Error())
	}
	for name, list := range form {
		values[name] = append(values[name], list...)
	}
	return nil
}

// checkOperation holds action and version, as the signature covers them,
// against those of the contract.
func checkOperation(claim *signature.Claim) error {
	switch {
	case claim.Action == "":
		return newHTTPError(esaerrors.MissingAction, "neither x-acs-action nor Action was sent")
	case claim.Action != esaapi.Action:
		return newHTTPError(esaerrors.InvalidActionNotFound, "the action is "+strconv.Quote(truncate(claim.Action)))
	case claim.Version == "":
		return newHTTPError(esaerrors.MissingVersion, "neither x-acs-version nor Version was sent")
	case claim.Version != esaapi.Version:
		return newHTTPError(esaerrors.InvalidVersion, "the version is "+strconv.Quote(truncate(claim.Version)))
	}
	return nil
}

// checkFormat refuses to promise anything but JSON.
func checkFormat(params url.Values) error {
	if format := params.Get(paramFormat); format != "" && !strings.EqualFold(format, "JSON") {
		return newHTTPError(esaerrors.InvalidParameterFormat, "the format is "+strconv.Quote(truncate(format))+", there is only JSON")
	}
	return nil
}

// checkParameters gives the documented errors where the stub would give a
// sentence of its own. An empty value counts as a missing one.
func checkParameters(params url.Values) error {
	dropEmpty(params, paramSiteID, paramDomains, paramType, paramAlgType)
	site, domains, types := params[paramSiteID], params[paramDomains], params[paramType]
	switch {
	case len(site) == 0:
		return newHTTPError(esaerrors.MissingSiteID, "SiteId is missing or empty")
	case len(site) > 1:
		return newHTTPError(esaerrors.InvalidSiteID, "SiteId comes "+strconv.Itoa(len(site))+" times")
	case len(domains) == 0:
		return newHTTPError(esaerrors.MissingDomains, "Domains is missing or empty")
	case len(domains) > 1:
		return newHTTPError(esaerrors.InvalidDomains, "Domains comes "+strconv.Itoa(len(domains))+" times")
	case len(types) > 1:
		return newHTTPError(esaerrors.InvalidParameterType, "Type comes "+strconv.Itoa(len(types))+" times")
	}
	if _, err := strconv.ParseInt(site[0], 10, 64); err != nil {
		return newHTTPError(esaerrors.InvalidSiteID, "SiteId "+strconv.Quote(truncate(site[0]))+" is no number of 64 bits")
	}
	return checkAlgType(params[paramAlgType])
}

// checkAlgType rejects what cannot be stored verbatim. Unknown values pass: the
// vendor publishes none.
func checkAlgType(values []string) error {
	switch {
	case len(values) == 0:
		return nil
	case len(values) > 1:
		return newHTTPError(esaerrors.InvalidAlgType, "AlgType comes "+strconv.Itoa(len(values))+" times")
	case len(values[0]) > esaapi.MaxAlgorithmType:
		return newHTTPError(esaerrors.InvalidAlgType, fmt.Sprintf("AlgType has %d bytes, more than %d", len(values[0]), esaapi.MaxAlgorithmType))
	case !utf8.ValidString(values[0]) || strings.ContainsFunc(values[0], func(r rune) bool { return !unicode.IsPrint(r) }):
		return newHTTPError(esaerrors.InvalidAlgType, "AlgType "+strconv.Quote(values[0])+" is not printable text")
	}
	return nil
}

// ignoredAlgType is the journal's note about an AlgType that chooses no key; ""
// if there is nothing to note.
func ignoredAlgType(value string) string {
	if _, known := esaapi.KnownAlgorithmType(value); known || value == "" {
		return ""
	}
	return fmt.Sprintf("AlgType %q is ignored: want one of %s", value, strings.Join(esaapi.AlgorithmTypes(), ", "))
}

func dropEmpty(params url.Values, names ...string) {
	for _, name := range names {
		if list, ok := params[name]; ok && slices.Contains(list, "") && len(list) == 1 {
			delete(params, name)
		}
	}
}
