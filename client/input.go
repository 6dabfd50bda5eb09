package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaclient"
)

// CertificateType is a kind of free certificate. Its method Limits returns how
// many and which names a call may have.
type CertificateType = esaapi.CertificateType

// The certificate types of the documented page.
const (
	LetsEncrypt      = esaapi.LetsEncrypt      // up to 50 names, plain and wildcard
	DigiCertSingle   = esaapi.DigiCertSingle   // up to 10 plain names
	DigiCertWildcard = esaapi.DigiCertWildcard // one wildcard name
)

// ApplyCertificateInput has the parameters of a call.
type ApplyCertificateInput struct {
	// SiteID is the ID of the site that the names belong to, from the console
	// or from ListSites. It is greater than zero.
	SiteID int64
	// Domains are the names, one an item: the name of the site or names below
	// it, each with an optional prefix "*.". Leading and trailing whitespace is
	// trimmed, except with WithoutValidation.
	Domains []string
	// Type is the kind of certificate. Empty sends no type; the service then
	// uses LetsEncrypt.
	Type CertificateType
	// AlgType is the kind of key that the certificate is for: AlgorithmRSA or
	// AlgorithmECC. Empty sends none. The documented page does not have the
	// parameter, and the vendor publishes no values; an SDK of the vendor sends it.
	AlgType string
}

// The values of AlgType that choose a key.
const (
	AlgorithmRSA = esaapi.AlgorithmRSA
	AlgorithmECC = esaapi.AlgorithmECC
)

// maxNameLength is the longest domain name, in bytes (RFC 1035, section 2.3.4,
// without the final dot).
const maxNameLength = 253

// check returns all problems of an input. What only the service
// knows, for example whether a name belongs to the site, is left to the
// service.
func (in *ApplyCertificateInput) check() []Problem {
	var problems []Problem
	if in.SiteID <= 0 {
		problems = append(problems, Problem{
			Field: "SiteID", Value: fmt.Sprint(in.SiteID),
			Message: "is not a site ID: want a positive number; the console shows it on the site's page",
		})
	}
	limits, known := in.limits()
	if !known {
		problems = append(problems, Problem{
			Field: "Type", Value: quoted(string(in.Type)),
			Message: "is not a certificate type; want one of " + typeList(),
		})
	}
	if message := in.checkAlgType(); message != "" {
		problems = append(problems, Problem{Field: "AlgType", Value: quoted(in.AlgType), Message: message})
	}
	if len(in.Domains) == 0 {
		problems = append(problems, Problem{Field: "Domains", Message: "is empty; add at least one name, for example www.example.com"})
	}
	if known && len(in.Domains) > limits.MaxDomains {
		problems = append(problems, Problem{
			Field: "Domains", Value: fmt.Sprintf("%d names", len(in.Domains)),
			Message: fmt.Sprintf("exceed the limit of %d per call for %s; split the call", limits.MaxDomains, in.kind()),
		})
	}
	for i, item := range in.Domains {
		if message := in.checkName(i, limits, known); message != "" {
			problems = append(problems, Problem{Field: fmt.Sprintf("Domains[%d]", i), Value: quoted(item), Message: message})
		}
	}
	return problems
}

// checkName returns what is wrong with the name at i, or "".
func (in *ApplyCertificateInput) checkName(i int, limits esaapi.TypeLimits, known bool) string {
	name := strings.TrimSpace(in.Domains[i])
	switch wildcard := strings.HasPrefix(name, "*."); {
	case name == "":
		return "is empty; remove it"
	case !utf8.ValidString(name):
		return "is not UTF-8; pass the name as Unicode or in punycode (xn--…)"
	case strings.Contains(name, ","):
		return "contains a comma; pass each name as a separate item"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "contains a control character; remove it"
	case len(name) > maxNameLength:
		return fmt.Sprintf("exceeds the %d bytes of a domain name", maxNameLength)
	case known && wildcard && !limits.Wildcard:
		return fmt.Sprintf("is a wildcard, which %s does not cover; use %s or %s", in.kind(), LetsEncrypt, DigiCertWildcard)
	case known && !wildcard && !limits.Plain:
		return fmt.Sprintf("is not a wildcard, and %s accepts wildcards only; use %s or %s", in.kind(), LetsEncrypt, DigiCertSingle)
	}
	for earlier := range i {
		if strings.EqualFold(name, strings.TrimSpace(in.Domains[earlier])) {
			return fmt.Sprintf("duplicates Domains[%d]; remove one", earlier)
		}
	}
	return ""
}

// checkAlgType returns what is wrong with AlgType, or "". Unknown values are
// left to the service.
func (in *ApplyCertificateInput) checkAlgType() string {
	switch {
	case len(in.AlgType) > esaapi.MaxAlgorithmType:
		return fmt.Sprintf("is longer than %d bytes; use %s, or leave it empty", esaapi.MaxAlgorithmType, algTypes())
	case !utf8.ValidString(in.AlgType) || strings.ContainsFunc(in.AlgType, unicode.IsControl):
		return fmt.Sprintf("is not printable; use %s, or leave it empty", algTypes())
	}
	return ""
}

func algTypes() string { return strings.Join(esaapi.AlgorithmTypes(), " or ") }

// kind is the certificate type that the call means.
func (in *ApplyCertificateInput) kind() CertificateType {
	if in.Type == "" {
		return esaapi.DefaultType
	}
	return in.Type
}

func (in *ApplyCertificateInput) limits() (esaapi.TypeLimits, bool) { return in.kind().Limits() }

// applyCertificateCall is the input of a call, with the parameters of the generated client.
type applyCertificateCall struct {
	ApplyCertificateInput
	params esaapi.ApplyCertificateParams
}

// send implements input.
func (in *applyCertificateCall) send(ctx context.Context, c *esaclient.Client, checked bool, editor esaclient.RequestEditorFn) (*http.Response, error) {
	in.params = esaapi.ApplyCertificateParams{SiteID: in.SiteID, Domains: in.domainList(checked)}
	if in.Type != "" {
		in.params.Type = &in.Type
	}
	if in.AlgType != "" {
		in.params.AlgType = &in.AlgType
	}
	return c.ApplyCertificate(ctx, &in.params, editor)
}

// domainList returns the names separated by commas.
func (in *ApplyCertificateInput) domainList(trim bool) string {
	if !trim {
		return strings.Join(in.Domains, ",")
	}
	if len(in.Domains) == 1 {
		return strings.TrimSpace(in.Domains[0])
	}
	size := len(in.Domains)
	for _, name := range in.Domains {
		size += len(name)
	}
	var list strings.Builder
	list.Grow(size)
	for i, name := range in.Domains {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(strings.TrimSpace(name))
	}
	return list.String()
}

func typeList() string {
	var names []string
	for _, kind := range esaapi.CertificateTypes() {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}
