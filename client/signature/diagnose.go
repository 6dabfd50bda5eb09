package signature

import (
	"crypto/hmac"
	"strings"
)

// Mistake is something that clients get wrong when they sign.
type Mistake struct {
	// Name is short and stable, such as "query-plus-for-blank".
	Name string
	// Explanation says to the client's author what was done and what was meant.
	Explanation string
}

// Diagnosis says why a signature does not match.
type Diagnosis struct {
	// Verified says that there is nothing to diagnose.
	Verified bool
	// Mistakes are those that, made together, give exactly the signature that
	// the client sent: one, rarely two, none if no known mistake does.
	Mistakes []Mistake
	// Difference shows where the server's text (ours) and the client's (theirs)
	// part. It is meaningful with Mistakes only, and Equal where the mistake
	// lies in the secret or in how the sum is written.
	Difference Difference
}

// The lengths of signed text, in bytes, up to which Diagnose looks for two
// mistakes at once, and for any at all. They keep a call within milliseconds
// whatever was sent.
const (
	pairLimit = 4 << 10
	textLimit = 32 << 10
)

// Diagnose finds out what a client did wrong whose signature does not match. A
// server can, since it knows the secret: it signs the message again under each
// known mistake, then under any two together, and when one attempt gives the
// signature that was sent, it knows what the client signed, and so exactly
// where that differs. No guess is involved: another text with the same
// signature would be a forgery of HMAC.
//
// It is meant for the moments in which a person looks, not for every request: a
// call that finds nothing takes some milliseconds, a thousand times as long as
// Verify. Of a request with more than 32 KiB of signed text it finds nothing, of
// one with more than 4 KiB single mistakes only. The message and claim are those
// given to Verify. The result holds no secret and no token.
//
// Hosts are names, with or without a port, by which a client may call the
// server. If a proxy on the way has rewritten the Host header, the client has
// signed one of them, or one of those that the headers X-Forwarded-Host,
// X-Original-Host, Forwarded and Origin name; Diagnose tries 64 at most.
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
		// A mistake that makes no difference to this message will hardly make
		// one beside another.
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

// diagnosePair looks for two mistakes at once.
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

// attempt is one way of making a mistake.
type candidate struct {
	Mistake
	change func(*derivation)
}

// candidates lists all ways of making the known mistakes of a scheme, the more
// telling ones first: where two explain the same signature, the first is named.
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

// diagnosis is that of a client which made these attempts.
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
		d.Difference = Explain(ours.StringToSign, theirs.StringToSign)
	}
	if received, signed, ok := d.Difference.Hosts(); ok && len(made) == 1 {
		d.Mistakes[0].Explanation = hostExplanation(signed, received)
	}
	return d
}

// diagnoseBodyClaim looks at the one thing that Verify asks beside a right
// signature.
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

// String says what is known in one paragraph, and shows the difference below.
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
	text := strings.Join(sentences, "; and ")
	if d.Difference.Equal {
		return text
	}
	return text + "\n" + d.Difference.String()
}
