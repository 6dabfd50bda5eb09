package signature

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// derivation is the derivation of a signature, in steps that a mistake can
// change one by one. The correct one yields what Verify computes; Diagnose
// tries variants. It is optimized for changes, not for speed.
type derivation struct {
	message *Message
	claim   *Claim

	method string
	uri    string

	parameters  []parameter
	encodeName  func(string) string
	encodeValue func(string) string
	// query replaces the query made of parameters.
	query *string

	// The rest of an ACS3 canonical request.
	headers      []headerLine
	colon        string
	afterHeaders string
	names        string
	afterNames   string
	bodyHash     string
	// rewrite is applied last to a canonical request.
	rewrite func(string) string

	// encodePart is the second encoding of an RPC string to sign, pathPart its
	// middle.
	encodePart func(string) string
	pathPart   string

	stringToSign func(canonicalRequest string) string
	key          string
	sum          func(key, stringToSign string) string
}

// parameter is one parameter, decoded and as it was sent.
type parameter struct {
	name, value       string
	rawName, rawValue string
	// wireIndex is the position on the wire; form is set if the parameter is in
	// the body.
	wireIndex int
	form      bool
}

type headerLine struct{ name, value string }

// newDerivation returns the correct derivation for a claim.
func newDerivation(m *Message, c *Claim, secret string) (*derivation, error) {
	r := &derivation{
		message:     m,
		claim:       c,
		method:      m.Method,
		uri:         string(appendCanonicalURI(nil, m.Path)),
		encodeName:  encode,
		encodeValue: encode,
		rewrite:     func(s string) string { return s },
	}
	if err := r.addParameters(m.Query, false); err != nil {
		return nil, err
	}
	if c.Scheme.IsRPC() {
		return r, r.asRPC(secret)
	}
	r.asACS3(secret)
	return r, nil
}

func (r *derivation) addParameters(raw string, form bool) error {
	pairs, err := appendPairs(nil, raw)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		r.parameters = append(r.parameters, parameter{
			name: decode(p.name), value: decode(p.value),
			rawName: p.name, rawValue: p.value,
			wireIndex: len(r.parameters), form: form,
		})
	}
	slices.SortFunc(r.parameters, func(a, b parameter) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	return nil
}

func (r *derivation) asACS3(secret string) {
	for _, f := range r.message.appendFields(nil, r.claim.SignedHeaders) {
		r.headers = append(r.headers, headerLine{f.name, string(appendFieldValue(nil, &f))})
	}
	digest := r.claim.Digest
	body := digest.hash(r.message.Body)
	r.colon, r.afterHeaders, r.afterNames = ":", "\n", "\n"
	r.names = strings.Join(r.claim.SignedHeaders, ";")
	r.bodyHash = string(body[:])
	r.key = secret
	r.stringToSign = func(canonicalRequest string) string {
		return r.algorithm() + "\n" + digest.hexOf(canonicalRequest)
	}
	r.sum = func(key, stringToSign string) string {
		return hex.EncodeToString(sumMAC(r.claim.Scheme, digest, key, stringToSign))
	}
}

func (r *derivation) asRPC(secret string) error {
	if err := r.addParameters(r.message.form(), true); err != nil {
		return err
	}
	r.parameters = slices.DeleteFunc(r.parameters, func(p parameter) bool { return p.name == paramSignature })
	r.encodePart = encode
	r.pathPart = encode(r.uri)
	r.key = secret + "&"
	r.sum = func(key, stringToSign string) string {
		return base64.StdEncoding.EncodeToString(sumMAC(r.claim.Scheme, nil, key, stringToSign))
	}
	return nil
}

// algorithm is the first line of an ACS3 string to sign.
func (r *derivation) algorithm() string { return r.claim.Scheme.String() }

// hash is the hash function of the scheme, in hexadecimal.
func (r *derivation) hash(s string) string { return r.claim.Digest.hexOf(s) }

// with returns a changed copy.
func (r *derivation) with(changes ...func(*derivation)) *derivation {
	c := *r
	c.parameters = slices.Clone(r.parameters)
	c.headers = slices.Clone(r.headers)
	for _, change := range changes {
		change(&c)
	}
	return &c
}

// transcript returns what is signed.
func (r *derivation) transcript() Transcript {
	if r.claim.Scheme.IsRPC() {
		return Transcript{
			Scheme:       r.claim.Scheme,
			StringToSign: r.rewrite(r.method + "&" + r.pathPart + "&" + r.encodePart(r.queryText())),
		}
	}
	var b strings.Builder
	b.Grow(textBufSize)
	b.WriteString(r.method + "\n" + r.uri + "\n" + r.queryText() + "\n")
	for _, h := range r.headers {
		b.WriteString(h.name + r.colon + h.value + "\n")
	}
	b.WriteString(r.afterHeaders + r.names + r.afterNames + r.bodyHash)
	canonical := r.rewrite(b.String())
	return Transcript{Scheme: r.claim.Scheme, CanonicalRequest: canonical, StringToSign: r.stringToSign(canonical)}
}

// signature returns the resulting signature.
func (r *derivation) signature() string {
	return r.sum(r.key, r.transcript().StringToSign)
}

func (r *derivation) queryText() string {
	if r.query != nil {
		return *r.query
	}
	pieces := make([]string, len(r.parameters))
	for i, p := range r.parameters {
		pieces[i] = r.encodeName(p.name) + "=" + r.encodeValue(p.value)
	}
	return strings.Join(pieces, "&")
}
