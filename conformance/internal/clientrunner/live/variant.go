package live

import (
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
)

// Variant is one form of a call: how it is signed and sent.
type Variant struct {
	Signature string // adapters.SignatureACS3 or SignatureHMACSHA1
	Method    string // POST or GET
	Placement string // adapters.PlacementQuery or PlacementForm
	Caller    Caller
}

// String returns the name of the variant in reports, for example "acs3 POST form sts".
func (v Variant) String() string {
	return v.Signature + " " + v.Method + " " + v.Placement + " " + v.Caller.Name
}

// Slug returns the name as an element of a case ID, for example acs3-post-form-sts.
func (v Variant) Slug() string {
	return strings.ReplaceAll(strings.ToLower(v.String()), " ", "-")
}

// Caller has the credentials of a call. The built-in example of the server knows the
// callers of this package.
type Caller struct {
	Name                         string
	AccessKeyID, AccessKeySecret string
	SecurityToken, BearerToken   string
}

// accessKey returns the key of the account.
func accessKey() Caller {
	return Caller{Name: "key", AccessKeyID: "testid", AccessKeySecret: "testsecret"}
}

// callers returns the callers that may apply for certificates of example.com. Their
// names are values of suite.Call.Credentials.
func callers() []Caller {
	return []Caller{
		accessKey(),
		{Name: "sts", AccessKeyID: "STS.testid", AccessKeySecret: "sts-secret", SecurityToken: "sts-token-example"}, //nolint:gosec // of the example
		{Name: "bearer", BearerToken: "bearer-token-example"},                                                       //nolint:gosec // of the example
	}
}

// Variants returns all variants: both signature schemes, with the parameters in the
// query of a POST or a GET or in a form, by each kind of credentials.
func Variants() []Variant {
	var variants []Variant
	for _, signature := range []string{adapters.SignatureACS3, adapters.SignatureHMACSHA1} {
		for _, caller := range callers() {
			for _, shape := range []struct{ method, placement string }{
				{"POST", adapters.PlacementQuery}, {"GET", adapters.PlacementQuery}, {"POST", adapters.PlacementForm},
			} {
				variants = append(variants, Variant{signature, shape.method, shape.placement, caller})
			}
		}
	}
	return variants
}

// DefaultVariant returns the variant of the vendor's SDKs without configuration.
func DefaultVariant() Variant { return Variants()[0] }

// DefaultRPCVariant returns DefaultVariant with the RPC signature 1.0.
func DefaultRPCVariant() Variant {
	variant := DefaultVariant()
	variant.Signature = adapters.SignatureHMACSHA1
	return variant
}

// BasicVariants returns both defaults. Every client supports at least one of them.
func BasicVariants() []Variant { return []Variant{DefaultVariant(), DefaultRPCVariant()} }

// WithCaller returns the variant with another caller.
func (v Variant) WithCaller(caller Caller) Variant {
	v.Caller = caller
	return v
}

// request returns the request to an adapter.
func (v Variant) request(id, endpoint string, parameters map[string]string) adapters.Request {
	return adapters.Request{
		ID:              id,
		Endpoint:        endpoint,
		AccessKeyID:     v.Caller.AccessKeyID,
		AccessKeySecret: v.Caller.AccessKeySecret,
		SecurityToken:   v.Caller.SecurityToken,
		BearerToken:     v.Caller.BearerToken,
		Signature:       v.Signature,
		Method:          v.Method,
		Placement:       v.Placement,
		Parameters:      parameters,
	}
}

// scheme returns the name of the signature scheme in the journal.
func (v Variant) scheme() string {
	switch {
	case v.Caller.BearerToken != "":
		return "BEARERTOKEN"
	case v.Signature == adapters.SignatureHMACSHA1:
		return "HMAC-SHA1"
	}
	return "ACS3-HMAC-SHA256"
}
