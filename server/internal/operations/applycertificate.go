package operations

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// ApplyCertificate creates one application for each domain name, or none.
func (s *Service) ApplyCertificate(call *Call, in esaapi.ApplyCertificateParams) (*esaapi.ApplyCertificateResponseBody, error) {
	request := Request{
		Account: call.Account, SiteID: in.SiteID, Domains: in.Domains, RequestID: call.RequestID, At: call.At, Nonce: call.Nonce,
	}
	if in.Type != nil {
		request.Type = string(*in.Type)
	}
	if in.AlgType != nil {
		request.AlgType = *in.AlgType
	}
	if err := checkAlgType(request.AlgType); err != nil {
		return nil, err
	}
	result, err := s.Apply(call.Context, request)
	if err != nil {
		return nil, err
	}
	call.NonceStored, call.Note = true, ignoredAlgType(request.AlgType)
	body := &esaapi.ApplyCertificateResponseBody{
		SiteName: result.SiteName, TotalCount: int64(len(result.Applications)), RequestID: call.RequestID,
		Result: make([]esaapi.CertificateApplication, len(result.Applications)),
	}
	call.Domains, call.IDs = make([]string, len(result.Applications)), make([]int64, len(result.Applications))
	for i, a := range result.Applications {
		call.Domains[i], call.IDs[i] = a.Domain, a.ID
		body.Result[i] = esaapi.CertificateApplication{Domain: a.Domain, Status: string(a.Status), ID: formatID(a.ID)}
	}
	return body, nil
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

// checkAlgType rejects values that cannot be stored verbatim. Unknown values pass:
// the vendor does not publish the values.
func checkAlgType(value string) error {
	switch {
	case len(value) > esaapi.MaxAlgorithmType:
		return refusal.New(esaerrors.InvalidAlgType, "AlgType has %d bytes, more than %d", len(value), esaapi.MaxAlgorithmType)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
		return refusal.New(esaerrors.InvalidAlgType, "AlgType %q is not printable", value)
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
