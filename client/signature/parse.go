package signature

import (
	"cmp"
	"strings"
)

// Parser is Parse with optional schemes and a cache. The zero value is Parse.
type Parser struct {
	// SM3 lets requests be signed with ACS3-HMAC-SM3. If nil, they are rejected
	// with ErrUnsupportedMethod.
	SM3 Digest
	// KeyCache is the cache that Verify uses for the claims of this Parser. If
	// nil, Verify creates the HMAC of the secret each time.
	KeyCache *KeyCache
}

// Parse returns the claim of a request. The Authorization header decides first:
// if it begins with ACS3-, the request is ACS3. Else the parameters of the
// query and of a form body decide between RPC and Bearer. Without any of these,
// the scheme is None and the error is nil.
//
// Errors are of type *Error. Parse rejects ambiguous requests: a part that is
// missing or duplicated, a header listed as signed but missing, and a date,
// nonce, action, version or security token that an ACS3 signature does not
// cover, because an unsigned nonce or date voids the protection against
// replays.
func Parse(m *Message) (Claim, error) { return Parser{}.Parse(m) }

// Parse is the function Parse with the schemes and the cache of the Parser.
func (p Parser) Parse(m *Message) (Claim, error) {
	h, err := readHeaders(m)
	if err != nil {
		return Claim{}, err
	}
	if strings.HasPrefix(h[placeAuthorization], algorithmPrefixV3) {
		return p.parseACS3(m, &h)
	}
	known, err := readParameters(m.Query, m.form())
	if err != nil {
		return Claim{}, err
	}
	switch {
	case known.values[slotSignatureType] == bearerType || h[placeSignatureType] == bearerType:
		return parseBearer(&h, &known)
	case known.isRPC():
		return parseRPC(&known, p.KeyCache)
	case h[placeBearerToken] != "" || known.values[slotBearerToken] != "":
		return parseBearer(&h, &known)
	case h[placeAuthorization] != "":
		// The value may be another kind of secret; do not quote it.
		return Claim{}, malformed("does not begin with " + p.algorithms())
	}
	return Claim{
		Nonce: h[placeNonce], Date: h[placeDate],
		Action: cmp.Or(h[placeAction], known.values[slotAction]), Version: cmp.Or(h[placeVersion], known.values[slotVersion]),
	}, nil
}

// algorithms names the algorithms of ACS3 that the Parser reads.
func (p Parser) algorithms() string {
	if p.SM3 != nil {
		return algorithmACS3 + " or " + algorithmACS3SM3
	}
	return algorithmACS3
}

// schemeOf returns the scheme of an algorithm in the Authorization header.
func (p Parser) schemeOf(algorithm string) (Scheme, Digest, error) {
	switch {
	case algorithm == algorithmACS3:
		return ACS3HMACSHA256, nil, nil
	case algorithm == algorithmACS3SM3 && p.SM3 != nil:
		return ACS3HMACSM3, p.SM3, nil
	}
	return None, nil, &Error{
		Reason: ErrUnsupportedMethod, Parameter: paramSignatureMethod, Header: headerAuthorization,
		Detail: excerpt(algorithm) + " is not supported; use " + p.algorithms(),
	}
}

// parseACS3 reads a request whose Authorization header begins with ACS3-.
func (p Parser) parseACS3(m *Message, h *headerValues) (Claim, error) {
	algorithm, parts, _ := strings.Cut(h[placeAuthorization], " ")
	scheme, digest, err := p.schemeOf(algorithm)
	if err != nil {
		return Claim{}, err
	}
	a, err := parseAuthorization(parts)
	if err != nil {
		return Claim{}, err
	}
	if h[placeAccessKeyID] != "" && h[placeAccessKeyID] != strings.TrimSpace(a.credential) {
		return Claim{}, malformed("Credential differs from the header " + headerAccessKeyID)
	}
	if h[placeDate] == "" {
		return Claim{}, &Error{Reason: ErrMissingParameter, Parameter: paramTimestamp, Header: headerDate}
	}
	if h[placeNonce] == "" {
		return Claim{}, &Error{Reason: ErrMissingParameter, Parameter: paramSignatureNonce, Header: headerNonce}
	}
	c := Claim{
		Scheme:        scheme,
		Digest:        digest,
		keys:          p.KeyCache,
		AccessKeyID:   a.credential,
		Signature:     a.signature,
		Nonce:         h[placeNonce],
		Date:          h[placeDate],
		SecurityToken: h[placeSecurityToken],
		listed:        a.signedHeaders,
	}
	if c.SignedHeaders, err = headerNames(a.signedHeaders); err != nil {
		return Claim{}, err
	}
	if err := c.checkSignedHeaders(m, h); err != nil {
		return Claim{}, err
	}
	operation, err := readOperation(m.Query)
	if err != nil {
		return Claim{}, err
	}
	c.Action = cmp.Or(h[placeAction], operation.values[slotAction])
	c.Version = cmp.Or(h[placeVersion], operation.values[slotVersion])
	return c, nil
}

// checkSignedHeaders compares the list of signed headers with the headers of
// the request.
func (c *Claim) checkSignedHeaders(m *Message, h *headerValues) error {
	for _, x := range [...]struct{ name, value string }{
		{headerDate, h[placeDate]},
		{headerNonce, h[placeNonce]},
		{headerAction, h[placeAction]},
		{headerVersion, h[placeVersion]},
		{headerSecurityToken, h[placeSecurityToken]},
	} {
		if x.value != "" && !c.Signs(x.name) {
			return &Error{Reason: ErrHeaderNotSigned, Header: x.name}
		}
	}
	for _, name := range c.SignedHeaders {
		if name == headerHost && m.Host != "" {
			continue
		}
		if len(m.header(name)) == 0 {
			return &Error{Reason: ErrSignedHeaderMissing, Header: name}
		}
	}
	return nil
}

// parseBearer reads a request with a bearer token in the header or parameters.
func parseBearer(h *headerValues, p *parameters) (Claim, error) {
	inQuery := p.values[slotBearerToken]
	token := cmp.Or(h[placeBearerToken], inQuery)
	if token == "" {
		return Claim{}, &Error{Reason: ErrMissingParameter, Parameter: paramBearerToken, Header: headerBearerToken}
	}
	if inQuery != "" && inQuery != token {
		return Claim{}, &Error{Reason: ErrDuplicate, Header: headerBearerToken, Detail: "the parameter " + paramBearerToken + " has another token"}
	}
	return Claim{
		Scheme:      Bearer,
		BearerToken: token,
		Nonce:       cmp.Or(h[placeNonce], p.values[slotSignatureNonce]),
		Date:        cmp.Or(h[placeDate], p.values[slotTimestamp]),
		Action:      cmp.Or(h[placeAction], p.values[slotAction]),
		Version:     cmp.Or(h[placeVersion], p.values[slotVersion]),
	}, nil
}
