package client

import "time"

// Attempt is what a debug hook sees of a request before it is sent. It holds no
// secret and no token; asterisks stand in the place of each byte of a token, so
// the hash in StringToSign is not the one of CanonicalRequest where there is a
// token.
type Attempt struct {
	// Number counts the attempts of one call, from 1.
	Number int
	// Method and URL say what is sent. The URL has no signature.
	Method, URL string
	// Scheme and AccessKeyID say how it was signed, and Time and Nonce what makes
	// it unlike any other request.
	Scheme      Scheme
	AccessKeyID string
	Time        time.Time
	Nonce       string
	// CanonicalRequest is what ACS3 signs the hash of; empty for RPC, and for a
	// bearer token.
	CanonicalRequest string
	// StringToSign is what the key is applied to; empty for a bearer token.
	StringToSign string
}

// callDebug calls the debug hook, if there is one.
func (a *attempt) callDebug() {
	if a.debug == nil {
		return
	}
	t := a.transcript()
	hide := a.redactor()
	a.debug(Attempt{
		Number: a.number, Method: a.req.Method, URL: a.stub.Server + "?" + a.query,
		Scheme: a.signer.scheme, AccessKeyID: a.credentials.AccessKeyID, Time: a.at, Nonce: a.nonce,
		CanonicalRequest: hide.signed(t.CanonicalRequest), StringToSign: hide.signed(t.StringToSign),
	})
}
