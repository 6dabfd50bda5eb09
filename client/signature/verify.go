package signature

import "crypto/hmac"

// Verify reports whether the message is signed with the secret: nil if it is,
// otherwise a *MismatchError with what the server would have signed, or an
// *Error if nothing can be compared (ErrUnsigned, ErrNoSecret, ErrUndecodable,
// ErrUnsupportedMethod). The claim must be the one that Parse read from this
// message.
//
// The comparison takes constant time. For an ACS3 request the body is hashed,
// and the header x-acs-content-sha256, if sent, must match. Verify does not
// check the time or the nonce: the caller must.
func (c *Claim) Verify(m *Message, secret string) error {
	switch {
	case !c.Scheme.IsACS3() && !c.Scheme.IsRPC():
		return &Error{Reason: ErrUnsigned}
	case secret == "":
		return &Error{Reason: ErrNoSecret}
	case (c.Scheme == ACS3HMACSM3) != (c.Digest != nil):
		return &Error{Reason: ErrUnsupportedMethod, Parameter: paramSignatureMethod, Detail: c.Scheme.String() + " without its hash function"}
	case c.Scheme.IsACS3():
		return c.verifyACS3(m, secret)
	default:
		return c.verifyRPC(m, secret)
	}
}

func (c *Claim) verifyACS3(m *Message, secret string) error {
	var (
		pairArray  [pairBufSize]pair
		fieldArray [fieldBufSize]field
		textArray  [textBufSize]byte
		signArray  [128]byte
	)
	pairs, err := appendPairs(pairArray[:0], m.Query)
	if err != nil {
		return err
	}
	sortPairs(pairs)
	fields := m.appendFields(fieldArray[:0], c.SignedHeaders)
	body := c.Digest.hash(m.Body)
	canonical := appendCanonicalRequest(textArray[:0], m, pairs, fields, &body)
	stringToSign := appendStringToSignACS3(signArray[:0], c.Scheme, c.Digest, canonical)
	expected := c.keys.signACS3(c.Scheme, c.Digest, secret, stringToSign)
	if equal(expected[:], c.Signature) && m.bodyHashMatches(&body) {
		return nil
	}
	return &MismatchError{Transcript{
		Scheme:           c.Scheme,
		CanonicalRequest: string(canonical),
		StringToSign:     string(stringToSign),
	}}
}

func (c *Claim) verifyRPC(m *Message, secret string) error {
	var (
		pairArray [pairBufSize]pair
		textArray [textBufSize]byte
		sumArray  base64Sum
	)
	pairs, err := appendPairsRPC(pairArray[:0], m)
	if err != nil {
		return err
	}
	stringToSign := appendStringToSignRPC(textArray[:0], m, pairs)
	expected := c.keys.appendSignatureRPC(sumArray[:0], c.Scheme, secret, stringToSign)
	if equal(expected, c.Signature) {
		return nil
	}
	return &MismatchError{Transcript{Scheme: c.Scheme, StringToSign: string(stringToSign)}}
}

// equal compares a signature with the one sent, in constant time.
func equal(expected []byte, sent string) bool {
	// A conversion of this length would allocate; the array does not.
	var buf [2 * len(hexHash{})]byte
	if len(sent) > len(buf) {
		return false
	}
	return hmac.Equal(expected, buf[:copy(buf[:], sent)])
}

// bodyHashMatches reports whether the header x-acs-content-sha256 is the hash
// of the body. It may be missing: the canonical request has the hash anyway.
func (m *Message) bodyHashMatches(body *hexHash) bool {
	values := m.Header[keyContentSHA256]
	return len(values) == 0 || values[0] == string(body[:])
}
