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
	"github.com/esacert/esacert/server/internal/refusal"
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

// checkOperation holds action and version, as the signature covers them,
// against those of the contract.
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

// checkFormat refuses to promise anything but JSON.
func checkFormat(params url.Values) error {
	if format := params.Get(paramFormat); format != "" && !strings.EqualFold(format, "JSON") {
		return refusal.New(esaerrors.InvalidParameterFormat, "the format is %q, there is only JSON", truncate(format))
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
		return refusal.New(esaerrors.MissingSiteID, "SiteId is missing or empty")
	case len(site) > 1:
		return refusal.New(esaerrors.InvalidSiteID, "SiteId comes %d times", len(site))
	case len(domains) == 0:
		return refusal.New(esaerrors.MissingDomains, "Domains is missing or empty")
	case len(domains) > 1:
		return refusal.New(esaerrors.InvalidDomains, "Domains comes %d times", len(domains))
	case len(types) > 1:
		return refusal.New(esaerrors.InvalidParameterType, "Type comes %d times", len(types))
	}
	if _, err := strconv.ParseInt(site[0], 10, 64); err != nil {
		return refusal.New(esaerrors.InvalidSiteID, "SiteId %q is not a 64-bit integer", truncate(site[0]))
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
		return refusal.New(esaerrors.InvalidAlgType, "AlgType comes %d times", len(values))
	case len(values[0]) > esaapi.MaxAlgorithmType:
		return refusal.New(esaerrors.InvalidAlgType, "AlgType has %d bytes, more than %d", len(values[0]), esaapi.MaxAlgorithmType)
	case !utf8.ValidString(values[0]) || strings.ContainsFunc(values[0], func(r rune) bool { return !unicode.IsPrint(r) }):
		return refusal.New(esaerrors.InvalidAlgType, "AlgType %q is not printable text", values[0])
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
