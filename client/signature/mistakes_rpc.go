package signature

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// mistakesRPC are the known mistakes of clients that sign with the RPC
// signature 1.0.
func mistakesRPC(scheme Scheme) []mistake {
	return slices.Concat(
		[]mistake{
			{"key-without-ampersand", "the HMAC key was the secret alone; RPC uses the secret and &",
				variants(func(r *derivation) { r.key = strings.TrimSuffix(r.key, "&") })},
			{"path-raw-slash", "the path was signed as /; the second part of the string to sign is %2F",
				variants(func(r *derivation) { r.pathPart = r.uri })},
			{"form-left-out", "the parameters of the form body were not signed; they belong to those of the query",
				variants(func(r *derivation) { r.drop(func(p parameter) bool { return p.form }) })},
			{"signature-included", "a Signature parameter was signed; the signature never covers itself",
				variants(func(r *derivation) {
					r.parameters = append(r.parameters, parameter{name: paramSignature})
					sortBy(r, func(p parameter) string { return p.name })
				})},
			{"token-left-out", "the SecurityToken was not signed",
				variants(func(r *derivation) { r.drop(func(p parameter) bool { return p.name == paramSecurityToken }) })},
			{"parameters-encoded-once", "the joined parameters were signed without the second encoding; the string to sign encodes them once more",
				variants(func(r *derivation) { r.encodePart = asIs })},
			{"signature-plus", "the signature was sent without percent-encoding, so its + arrived as a space",
				variants(func(r *derivation) {
					sum := r.sum
					r.sum = func(key, s string) string { return strings.ReplaceAll(sum(key, s), "+", " ") }
				})},
			{"signature-base64-url", "the signature was sent in the URL alphabet of base64; RPC uses the standard one",
				variants(
					encodeSum(base64.URLEncoding.EncodeToString),
					encodeSum(base64.RawURLEncoding.EncodeToString),
					encodeSum(base64.RawStdEncoding.EncodeToString),
				)},
			{"signature-hex", "the signature was sent in hexadecimal, or that was encoded in base64; RPC writes the bytes of the sum in base64",
				variants(
					encodeSum(hex.EncodeToString),
					encodeSum(func(sum []byte) string { return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(sum))) }),
				)},
			mistakenMethod(scheme),
		},
		mistakesOfMethod(),
		mistakesOfQuery(),
		[]mistake{
			{"line-ends", "the string to sign ends with a newline",
				variants(func(r *derivation) { r.rewrite = func(s string) string { return s + "\n" } })},
		},
		mistakesOfSecret("&"),
	)
}

// mistakenMethod is the mistake to sign with the HMAC that SignatureMethod does
// not name.
func mistakenMethod(scheme Scheme) mistake {
	name, other := "signature-sha256", RPCHMACSHA256
	if scheme == RPCHMACSHA256 {
		name, other = "signature-sha1", RPCHMACSHA1
	}
	return mistake{
		name, "the signature was made with " + other.String() + ", but SignatureMethod says " + scheme.String(),
		variants(func(r *derivation) {
			r.sum = func(key, s string) string {
				return base64.StdEncoding.EncodeToString(sumMAC(other, nil, key, s))
			}
		}),
	}
}

// encodeSum writes the correct sum in another encoding.
func encodeSum(write func([]byte) string) func(*derivation) {
	return func(r *derivation) {
		r.sum = func(key, s string) string {
			return write(sumMAC(r.claim.Scheme, nil, key, s))
		}
	}
}
