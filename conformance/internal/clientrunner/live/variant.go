package live

import "github.com/esacert/esacert/conformance/adapters"

// Way is how a call is made, whatever it asks for.
type Variant struct {
	Signature string // adapters.SignatureACS3 or SignatureHMACSHA1
	Method    string // POST or GET
	Placement string // adapters.PlacementQuery or PlacementForm
	Caller    Caller
}

// String names the way as reports do: "acs3 POST form sts".
func (w Variant) String() string {
	return w.Signature + " " + w.Method + " " + w.Placement + " " + w.Caller.Name
}

// Caller is who makes a call: an access key, temporary or not, or a token. The
// built-in example of the server knows the callers of this package.
type Caller struct {
	Name                         string
	AccessKeyID, AccessKeySecret string
	SecurityToken, BearerToken   string
}

// accessKey is the account's own key.
func accessKey() Caller {
	return Caller{Name: "key", AccessKeyID: "testid", AccessKeySecret: "testsecret"}
}

// callers may all apply for certificates of example.com.
func callers() []Caller {
	return []Caller{
		accessKey(),
		{Name: "sts", AccessKeyID: "STS.testid", AccessKeySecret: "sts-secret", SecurityToken: "sts-token-example"}, //nolint:gosec // of the example
		{Name: "bearer", BearerToken: "bearer-token-example"},                                                       //nolint:gosec // of the example
	}
}

// Ways gives every way: both signatures, with the parameters in the query of a
// POST or a GET or in a form, by each kind of credentials.
func Variants() []Variant {
	var ways []Variant
	for _, signature := range []string{adapters.SignatureACS3, adapters.SignatureHMACSHA1} {
		for _, caller := range callers() {
			for _, shape := range []struct{ method, placement string }{
				{"POST", adapters.PlacementQuery}, {"GET", adapters.PlacementQuery}, {"POST", adapters.PlacementForm},
			} {
				ways = append(ways, Variant{signature, shape.method, shape.placement, caller})
			}
		}
	}
	return ways
}

// Plain is how the vendor's SDKs call when nothing is configured.
func DefaultVariant() Variant { return Variants()[0] }

// PlainRPC is the same by the RPC signature 1.0.
func DefaultRPCVariant() Variant {
	way := DefaultVariant()
	way.Signature = adapters.SignatureHMACSHA1
	return way
}

// Simple gives the two: one of them every client has.
func BasicVariants() []Variant { return []Variant{DefaultVariant(), DefaultRPCVariant()} }

// By is the way with another caller.
func (w Variant) WithCaller(caller Caller) Variant {
	w.Caller = caller
	return w
}

// request puts parameters in this way.
func (w Variant) request(id, endpoint string, parameters map[string]string) adapters.Request {
	return adapters.Request{
		ID:              id,
		Endpoint:        endpoint,
		AccessKeyID:     w.Caller.AccessKeyID,
		AccessKeySecret: w.Caller.AccessKeySecret,
		SecurityToken:   w.Caller.SecurityToken,
		BearerToken:     w.Caller.BearerToken,
		Signature:       w.Signature,
		Method:          w.Method,
		Placement:       w.Placement,
		Parameters:      parameters,
	}
}

// scheme is the name that the journal has for the signature of the way.
func (w Variant) scheme() string {
	switch {
	case w.Caller.BearerToken != "":
		return "BEARERTOKEN"
	case w.Signature == adapters.SignatureHMACSHA1:
		return "HMAC-SHA1"
	}
	return "ACS3-HMAC-SHA256"
}
