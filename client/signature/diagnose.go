package signature

import (
	"crypto/hmac"
	"strings"
)

// Mistake is a known mistake of clients in signing.
type Mistake struct {
	// Name is short and stable, for example "query-plus-for-blank".
	Name string
	// Explanation says what the client did and what the scheme requires.
	Explanation string
}

// Diagnosis explains why a signature does not match.
type Diagnosis struct {
	// Verified is set if the signature matches.
	Verified bool
	// Mistakes are those that together produce exactly the signature that the
	// client sent: one, rarely two, none if no known mistake does.
	Mistakes []Mistake
	// Difference is the first difference between the server's string (ours) and
	// the client's (theirs). It is set with Mistakes only, and Equal if the
	// mistake is in the secret or in the encoding of the sum.
	Difference Difference
}

// Maximum lengths of the signed strings, in bytes, for which Diagnose tries
// pairs of mistakes, and single mistakes. They limit a call to milliseconds.
const (
	pairLimit = 4 << 10
	textLimit = 32 << 10
)

// Diagnose finds the mistake of a client whose signature does not match. It
// signs the message with each known mistake, then with each pair, and reports
// the one that produces the signature that was sent. The result is certain:
// another string with the same signature would be a forgery of HMAC.
//
// It is meant for debugging, not for every request: a call that finds nothing
// takes some milliseconds, a thousand times as long as Verify. If the signed
// strings exceed 32 KiB it finds nothing, above 4 KiB single mistakes only. The
// message and claim are those passed to Verify. The result contains no secret
// and no token.
//
// Hosts are names of the server, with or without a port. If a proxy rewrote the
// Host header, the client signed one of them, or one of the headers
// X-Forwarded-Host, X-Original-Host, Forwarded and Origin; Diagnose tries at
// most 96.
func Diagnose(m *Message, c *Claim, secret string, hosts ...string) Diagnosis {
	if secret == "" || !c.Scheme.IsACS3() && !c.Scheme.IsRPC() || (c.Scheme == ACS3HMACSM3) != (c.Digest != nil) {
		return Diagnosis{}
	}
	right, err := newDerivation(m, c, secret)
	if err != nil {
		return Diagnosis{}
	}
	expected := right.signature()
	if sameSignature(expected, c.Signature) {
		return diagnoseBodyClaim(right)
	}
	signed := right.transcript()
	length := len(signed.CanonicalRequest) + len(signed.StringToSign)
	if length > textLimit {
		return Diagnosis{}
	}
	var effective []candidate
	for _, a := range candidates(c.Scheme) {
		sum := right.with(a.change).signature()
		if sameSignature(sum, c.Signature) {
			return right.diagnosis(a)
		}
		// A mistake that does not change this message rarely changes it in a
		// pair.
		if sum != expected {
			effective = append(effective, a)
		}
	}
	if d, ok := right.rewrittenHost(hosts); ok {
		return d
	}
	if length > pairLimit {
		return Diagnosis{}
	}
	return right.diagnosePair(effective)
}

// diagnosePair tries pairs of mistakes.
func (r *derivation) diagnosePair(list []candidate) Diagnosis {
	for i, a := range list {
		for _, b := range list[i+1:] {
			if a.Name != b.Name && sameSignature(r.with(a.change, b.change).signature(), r.claim.Signature) {
				return r.diagnosis(a, b)
			}
		}
	}
	return Diagnosis{}
}

// candidate is a variant of a mistake.
type candidate struct {
	Mistake
	change func(*derivation)
}

// candidates returns all variants of the known mistakes of a scheme, the more
// specific first: if two explain the same signature, the first is reported.
func candidates(scheme Scheme) []candidate {
	rows := mistakesACS3(scheme)
	if scheme.IsRPC() {
		rows = mistakesRPC(scheme)
	}
	list := make([]candidate, 0, 2*len(rows))
	for _, row := range rows {
		for _, change := range row.variants {
			list = append(list, candidate{Mistake{row.name, row.explanation}, change})
		}
	}
	return list
}

// diagnosis returns the diagnosis for the candidates.
func (r *derivation) diagnosis(made ...candidate) Diagnosis {
	var d Diagnosis
	var changes []func(*derivation)
	for _, a := range made {
		d.Mistakes = append(d.Mistakes, a.Mistake)
		changes = append(changes, a.change)
	}
	ours, theirs := r.transcript(), r.with(changes...).transcript()
	d.Difference = ours.Explain(theirs)
	if d.Difference.Equal {
		d.Difference = explain(ours.StringToSign, theirs.StringToSign)
	}
	if received, signed, ok := d.Difference.Hosts(); ok && len(made) == 1 {
		d.Mistakes[0].Explanation = hostExplanation(signed, received)
	}
	return d
}

// diagnoseBodyClaim checks the one condition of Verify besides the signature.
func diagnoseBodyClaim(r *derivation) Diagnosis {
	body := r.claim.Digest.hash(r.message.Body)
	if !r.claim.Scheme.IsACS3() || r.message.bodyHashMatches(&body) {
		return Diagnosis{Verified: true}
	}
	return Diagnosis{
		Mistakes: []Mistake{{
			Name:        "body-hash-header",
			Explanation: "the header x-acs-content-sha256 is not the lower-case hexadecimal hash of the body, although the signature was made with the right one",
		}},
		Difference: Difference{Equal: true},
	}
}

func sameSignature(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// String returns the explanations in one paragraph, followed by the difference.
func (d Diagnosis) String() string {
	switch {
	case d.Verified:
		return "the signature matches"
	case len(d.Mistakes) == 0:
		return "no known mistake produces this signature: most likely the secrets differ, or a signed value changed in transit"
	}
	sentences := make([]string, len(d.Mistakes))
	for i, mistake := range d.Mistakes {
		sentences[i] = mistake.Explanation
	}
	s := strings.Join(sentences, "; and ")
	if d.Difference.Equal {
		return s
	}
	return s + "\n" + d.Difference.String()
}
