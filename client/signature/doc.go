// Package signature signs requests with the two signature schemes of Alibaba
// Cloud's gateway, verifies them, and explains why a signature does not match.
// The client and the server of this module share it.
//
// # Two schemes
//
// ACS3-HMAC-SHA256 is signature version 3. It is sent in a header:
//
//	Authorization: ACS3-HMAC-SHA256 Credential=<id>,SignedHeaders=<a;b>,Signature=<hex>
//
// and signs a canonical request of six parts,
//
//	POST
//	/
//	Domains=www.example.com%2Cblog.example.com&SiteId=1234567890123
//	host:esa.cn-hangzhou.aliyuncs.com
//	x-acs-action:ApplyCertificate
//	x-acs-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
//	x-acs-date:2026-11-23T07:06:34Z
//	x-acs-signature-nonce:977ab7fba3b365bae11feaec5d7712e5
//	x-acs-version:2024-09-10
//
//	host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version
//	e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
//
// which are method, path, query, headers, their names, and the SHA-256 of the
// body. The string to sign is the name of the algorithm and the SHA-256 of the
// canonical request; the HMAC key is the secret.
//
// RPC signature 1.0 is older. It is sent as parameters of the query or of a
// form body (AccessKeyId, SignatureNonce, Timestamp, Signature and others) and
// signs method and parameters only:
//
//	POST&%2F&AccessKeyId%3DtestAK%26Action%3DApplyCertificate%26Domains%3Dwww.example.com%26…
//
// Its HMAC-SHA1 key is the secret and an ampersand, and the sum is
// base64-encoded. It covers neither headers nor a body other than a form:
// prefer ACS3.
//
// Each has a variant with another hash. SignatureMethod=HMAC-SHA256 is accepted
// like HMAC-SHA1, and used for signing with WithHMACSHA256. ACS3-HMAC-SM3 uses
// SM3 for the body, the canonical request and the HMAC; the package does not
// import SM3, so pass it to Parser and WithSM3. The name of the algorithm is
// signed: a signature of one variant is not valid under the other.
//
// Both also exist with a bearer token instead of a signature. SetBearerACS3 and
// SetBearerRPC add one, and Parse recognizes it; this package does not verify
// it.
//
// # Signing
//
// Sign a request after everything else is set. The caller passes the time and
// the nonce:
//
//	req, _ := http.NewRequest("POST", "https://esa.cn-hangzhou.aliyuncs.com/?SiteId=1234567890123&Domains=www.example.com", nil)
//	req.Header.Set("X-Acs-Action", "ApplyCertificate")
//	req.Header.Set("X-Acs-Version", "2024-09-10")
//	err := signature.SignACS3(req, nil, key, time.Now(), rand.Text())
//
// To retry, sign again: the first signature is replaced.
//
// # Verifying
//
// A server verifies in three steps, because the secret depends on the claim:
//
//	m := signature.MessageOf(r, body)
//	claim, err := signature.Parse(&m)           // *Error: names what is missing or ambiguous
//	secret := secrets[claim.AccessKeyID]
//	err = claim.Verify(&m, secret)              // *MismatchError: has what should have been signed
//
// The server must then check that the time (ParseTime) is within MaxClockSkew
// of its clock, that the nonce was not used within that time, and that a security
// token belongs to the access key.
//
// A server that verifies many requests passes a KeyCache to Parser, and a client
// that signs many passes one to WithKeyCache: it keeps the HMAC of each secret.
//
// Parse accepts the client's list of signed headers, but rejects a list without
// the headers that a server uses. It rejects ambiguous requests: duplicate
// headers and parameters, invalid percent-encodings. Read the parameters with
// ParseQuery, which reads what the signature covers.
//
// # When it does not match
//
// Transcript.Explain names the first line, parameter and byte that differ between two
// transcripts. A client gets the server's from the gateway's error message
// (ParseMismatchMessage) and its own from WithTranscript. A server does not
// need the client's: Diagnose signs the request with each known mistake of
// clients and reports the one that produces the signature that was sent. It
// also finds a Host header that was rewritten in transit, if the server's names
// are passed to it, or a proxy's headers name the host:
//
//	a space was signed as +; the canonical form uses %20 (form encoders write +)
//	line 3 (query, parameter Domains) differs at byte 10:
//	  ours:   "Domains=a%20b&SiteId=1234567890123"
//	  theirs: "Domains=a+b&SiteId=1234567890123"
//	                    ^
//
// # Secrets
//
// Errors, explanations and printed values contain no secret. Tokens are sent in
// the request and signed; they appear only in the fields of a Transcript and in
// MismatchMessage, where the gateway shows them to their sender.
// Redact masks them.
//
// # Sources
//
// The vendor's pages on signature version 3 and on the RPC signature 1.0 with
// their worked examples, and requests of the vendor's SDKs for TypeScript and
// Go as seen on the wire. Both are in testdata/vectors. If pages and SDKs do
// not specify something, the function's comment states the decision.
package signature
