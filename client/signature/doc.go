// Package signature signs requests in the two ways that Alibaba Cloud's gateway
// understands, verifies such requests on the other side, and explains why a
// signature does not match. The client and the server of this module share it,
// so that there is one opinion on what a request says.
//
// # The idea
//
// Client and server share a secret that never travels. The client writes the
// request down in a canonical form, which is the same however a library chose
// to order or escape it, takes an HMAC of that under the secret, and sends the
// result along. The server writes down what arrived in the same way and
// compares. Everything that can go wrong is in the words "the same": each side
// sees its own text only, and one byte of difference shows as nothing but "does
// not match". Hence half of this package is about telling people where the
// texts part.
//
// # Two schemes
//
// ACS3-HMAC-SHA256 is signature version 3. It travels in a header:
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
// body. The string to sign is the name of the algorithm and the SHA-256 of that
// text; the HMAC key is the secret as it is.
//
// The RPC signature 1.0 is older. It travels as parameters of the query or of a
// form body (AccessKeyId, SignatureNonce, Timestamp, Signature and others) and
// signs method and parameters alone:
//
//	POST&%2F&AccessKeyId%3DtestAK%26Action%3DApplyCertificate%26Domains%3Dwww.example.com%26…
//
// Its HMAC is SHA-1 under the secret and an ampersand, written in base64. It
// covers no header and no body but a form: prefer ACS3.
//
// Each has a variant with another hash. SignatureMethod=HMAC-SHA256 is read as
// HMAC-SHA1 is, and signed if WithHMACSHA256 is given. ACS3-HMAC-SM3 takes SM3
// for the body, the canonical request and the HMAC; the package does not import
// SM3, so Parser and WithSM3 are given it. The name of the algorithm is a part
// of what is signed: a signature of one variant is not valid under the other.
//
// Both also exist with a bearer token in place of a signature; SetBearerACS3
// and SetBearerRPC send one, Parse recognises it, and nothing verifies it here.
//
// # Signing
//
// Set everything first, sign last. The time and the nonce are the caller's, so
// that tests repeat and retries do not:
//
//	req, _ := http.NewRequest("POST", "https://esa.cn-hangzhou.aliyuncs.com/?SiteId=1234567890123&Domains=www.example.com", nil)
//	req.Header.Set("X-Acs-Action", "ApplyCertificate")
//	req.Header.Set("X-Acs-Version", "2024-09-10")
//	err := signature.SignACS3(req, nil, key, time.Now(), rand.Text())
//
// To try again, sign again: what the first signature left is replaced.
//
// # Verifying
//
// A server goes in three steps, because the secret to compare with depends on
// what the request claims:
//
//	m := signature.MessageOf(r, body)
//	claim, err := signature.Parse(&m)           // *Error: says what is missing or doubtful
//	secret := secrets[claim.AccessKeyID]
//	err = claim.Verify(&m, secret)              // *MismatchError: says what should have been signed
//
// It then has to look at three things that no cryptography does for it: that
// the time (ParseTime) lies within Window of its own, that the nonce was not
// seen within that time, and that a security token belongs to the access key.
//
// Parse takes the client's own list of signed headers, since clients sign
// different sets, but refuses any list that leaves out what a server acts upon.
// It refuses whatever two readers might read in two ways: headers and
// parameters sent twice, percent-encodings that nothing decodes. To keep it so,
// read the parameters with ParseQuery, which sees what the signature covers.
//
// # When it does not match
//
// With the server's text at hand, Explain names the first line, parameter and
// byte that differ. A client gets that text from the gateway's error message
// (ParseMismatchMessage) and its own from WithTranscript. A server has no need
// of the client's text: Diagnose signs the request under each mistake that
// clients are known to make, and if one gives the very signature that was sent,
// the case is proven. It also finds a Host header that was rewritten on the way,
// if it is given the names of the server, or a proxy's headers name the host:
//
//	a space was signed as +; the canonical form uses %20 (form encoders write +)
//	line 3 (query, parameter Domains) differs at byte 10:
//	  ours:   "Domains=a%20b&SiteId=1234567890123"
//	  theirs: "Domains=a+b&SiteId=1234567890123"
//	                    ^
//
// # What is kept quiet
//
// Secrets appear in no error, no explanation and no printed value of this
// package. Tokens, which travel in the request and so stand in what is signed,
// appear in the fields of a Transcript and in MismatchMessage alone, where the
// gateway shows them to the caller that sent them; Redact masks them.
//
// # Sources
//
// The vendor's pages on signature version 3 and on the RPC signature 1.0 with
// their worked examples, and requests of the vendor's SDKs for TypeScript and
// Go as seen on the wire. Both are in testdata/vectors. Where pages and SDKs
// are silent, the comment of the function says what was decided.
package signature
