package serverrunner

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // required by RPC signature 1.0
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"slices"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/internal/suite"
)

const formType = "application/x-www-form-urlencoded"

// algorithm is an algorithm of signature scheme ACS3.
type algorithm struct {
	scheme  signature.Scheme
	newHash func() hash.Hash
	digest  signature.Digest // nil for SHA-256
}

func acs3Of(scheme string) algorithm {
	if scheme == "acs3-sm3" {
		return algorithm{signature.ACS3HMACSM3, sm3.New, sm3.Sum}
	}
	return algorithm{signature.ACS3HMACSHA256, sha256.New, nil}
}

// hash returns the hash of s in hexadecimal.
func (a algorithm) hash(s string) string {
	h := a.newHash()
	h.Write([]byte(s))
	return hex.EncodeToString(h.Sum(nil))
}

// rpcAlgorithm is an algorithm of RPC signature 1.0.
type rpcAlgorithm struct {
	scheme  signature.Scheme
	newHash func() hash.Hash
}

func rpcOf(scheme string) rpcAlgorithm {
	if scheme == "rpc-sha256" {
		return rpcAlgorithm{signature.RPCHMACSHA256, sha256.New}
	}
	return rpcAlgorithm{signature.RPCHMACSHA1, sha1.New}
}

// Stages of signing. Each is computed from the one before.
const (
	stageCanonicalRequest = "canonical_request"
	stageStringToSign     = "string_to_sign"
	stageSignature        = "signature"
)

// signingFaults are the edits that a case applies to stages of signing.
type signingFaults []suite.Parameter

// apply returns the value of one stage with its edits.
func (f signingFaults) apply(stage, value string) (string, error) {
	for _, fault := range f {
		if fault.Name != stage {
			continue
		}
		edit, err := suite.ParseEdit(fault.Value)
		if err != nil {
			return "", err
		}
		if value, err = edit.Apply(value); err != nil {
			return "", fmt.Errorf("%s: %w", stage, err)
		}
	}
	return value, nil
}

// sign adds the Authorization header to a complete request and returns the signed
// strings. It uses package signature only to compute those strings: the package's
// signing functions choose date, nonce and signed headers themselves, and a case must
// be able to set them, even to wrong values.
func (a algorithm) sign(r *wireRequest, keyID, secret string, signed []string, f signingFaults) (signature.Transcript, error) {
	if len(signed) == 0 {
		signed = defaultSignedHeaders(r)
	}
	names := sortedLower(signed)
	transcript, err := transcriptOf(r, &signature.Claim{Scheme: a.scheme, Digest: a.digest, SignedHeaders: names})
	if err != nil {
		return transcript, err
	}
	if transcript.CanonicalRequest, err = f.apply(stageCanonicalRequest, transcript.CanonicalRequest); err != nil {
		return transcript, err
	}
	if transcript.StringToSign, err = f.apply(stageStringToSign, a.scheme.String()+"\n"+a.hash(transcript.CanonicalRequest)); err != nil {
		return transcript, err
	}
	mac := hmac.New(a.newHash, []byte(secret))
	mac.Write([]byte(transcript.StringToSign))
	sum, err := f.apply(stageSignature, hex.EncodeToString(mac.Sum(nil)))
	if err != nil {
		return transcript, err
	}
	r.set("Authorization", a.scheme.String()+" Credential="+keyID+",SignedHeaders="+strings.Join(names, ";")+",Signature="+sum)
	return transcript, nil
}

// sign appends Signature to the query of a complete request and returns the signed
// string. This scheme has no canonical request.
func (a rpcAlgorithm) sign(r *wireRequest, secret string, f signingFaults) (signature.Transcript, error) {
	transcript, err := transcriptOf(r, &signature.Claim{Scheme: a.scheme})
	if err != nil {
		return transcript, err
	}
	if transcript.StringToSign, err = f.apply(stageStringToSign, transcript.StringToSign); err != nil {
		return transcript, err
	}
	mac := hmac.New(a.newHash, []byte(secret+"&"))
	mac.Write([]byte(transcript.StringToSign))
	sum, err := f.apply(stageSignature, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if err != nil {
		return transcript, err
	}
	r.query = joinQuery(r.query, "Signature="+encode(sum))
	return transcript, nil
}

// transcriptOf returns the strings that a server computes to verify the request. It
// takes them from the error of verifying an empty signature, which never matches.
func transcriptOf(r *wireRequest, claim *signature.Claim) (signature.Transcript, error) {
	m := messageOf(r)
	err := claim.Verify(&m, "any")
	if errors.Is(err, signature.ErrUndecodable) {
		// A query with an invalid percent-encoding has no canonical form. Sign it as
		// if the percent sign were data, so that the request has a signature and only
		// its query is wrong.
		m.Query = escapeBroken(m.Query)
		m.Body = []byte(escapeBroken(string(m.Body)))
		err = claim.Verify(&m, "any")
	}
	if mismatch, ok := errors.AsType[*signature.MismatchError](err); ok {
		return mismatch.Transcript, nil
	}
	return signature.Transcript{}, fmt.Errorf("compute string to sign: %w", err)
}

func messageOf(r *wireRequest) signature.Message {
	host, _ := r.get("Host")
	header := http.Header{}
	for _, h := range r.header {
		header.Add(h.Name, strings.TrimSpace(h.Value))
	}
	return signature.Message{Method: r.method, Path: r.path, Query: r.query, Host: host, Header: header, Body: []byte(r.body)}
}

// defaultSignedHeaders returns the names of the headers that the vendor's SDKs sign.
func defaultSignedHeaders(r *wireRequest) []string {
	var names []string
	for _, h := range r.header {
		name := strings.ToLower(h.Name)
		if name == "host" || name == "content-type" || strings.HasPrefix(name, "x-acs-") {
			names = append(names, name)
		}
	}
	return names
}

// sortedLower returns the distinct names in lower case, sorted.
func sortedLower(names []string) []string {
	lower := make([]string, len(names))
	for i, name := range names {
		lower[i] = strings.ToLower(name)
	}
	slices.Sort(lower)
	return slices.Compact(lower)
}

// escapeBroken replaces each percent sign that does not begin an escape with %25.
func escapeBroken(raw string) string {
	var b strings.Builder
	for i := range len(raw) {
		b.WriteByte(raw[i])
		if raw[i] == '%' && (i+2 >= len(raw) || !isHex(raw[i+1]) || !isHex(raw[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
