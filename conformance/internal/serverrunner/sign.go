package serverrunner

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the RPC signature 1.0 is made of it
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

// algorithm is what ACS3 signs with.
type algorithm struct {
	scheme  signature.Scheme
	newHash func() hash.Hash
	digest  signature.Digest // as package signature is given it
}

func acs3Of(scheme string) algorithm {
	if scheme == "acs3-sm3" {
		return algorithm{signature.ACS3HMACSM3, sm3.New, sm3.Sum}
	}
	return algorithm{signature.ACS3HMACSHA256, sha256.New, nil}
}

// hash returns the hash of a text in hexadecimal.
func (a algorithm) hash(text string) string {
	h := a.newHash()
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// rpcAlgorithm is what signature 1.0 signs with.
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

// The stages of signing, in the order in which each is made of the one before.
const (
	stageCanonicalRequest = "canonical_request"
	stageStringToSign     = "string_to_sign"
	stageSignature        = "signature"
)

// signingFaults are the edits that a case makes on the stages of signing.
type signingFaults []suite.Parameter

// apply makes the edits of one stage.
func (f signingFaults) apply(stage, text string) (string, error) {
	for _, fault := range f {
		if fault.Name != stage {
			continue
		}
		edit, err := suite.ParseEdit(fault.Value)
		if err != nil {
			return "", err
		}
		if text, err = edit.Apply(text); err != nil {
			return "", fmt.Errorf("%s: %w", stage, err)
		}
	}
	return text, nil
}

// sign puts the Authorization header on a request that is complete, and
// gives what was signed. The signing functions of package signature choose date,
// nonce and signed headers themselves; a case must be able to choose each, wrong
// ones too, so only the texts to sign come from there.
func (a algorithm) sign(r *wireRequest, keyID, secret string, signed []string, f signingFaults) (signature.Transcript, error) {
	if len(signed) == 0 {
		signed = defaultSignedHeaders(r)
	}
	names := sortedLower(signed)
	texts, err := transcriptOf(r, &signature.Claim{Scheme: a.scheme, Digest: a.digest, SignedHeaders: names})
	if err != nil {
		return texts, err
	}
	if texts.CanonicalRequest, err = f.apply(stageCanonicalRequest, texts.CanonicalRequest); err != nil {
		return texts, err
	}
	if texts.StringToSign, err = f.apply(stageStringToSign, a.scheme.String()+"\n"+a.hash(texts.CanonicalRequest)); err != nil {
		return texts, err
	}
	mac := hmac.New(a.newHash, []byte(secret))
	mac.Write([]byte(texts.StringToSign))
	sum, err := f.apply(stageSignature, hex.EncodeToString(mac.Sum(nil)))
	if err != nil {
		return texts, err
	}
	r.set("Authorization", a.scheme.String()+" Credential="+keyID+",SignedHeaders="+strings.Join(names, ";")+",Signature="+sum)
	return texts, nil
}

// sign appends Signature to the query of a request that is complete, and
// gives what was signed. This scheme has no canonical request.
func (a rpcAlgorithm) sign(r *wireRequest, secret string, f signingFaults) (signature.Transcript, error) {
	texts, err := transcriptOf(r, &signature.Claim{Scheme: a.scheme})
	if err != nil {
		return texts, err
	}
	if texts.StringToSign, err = f.apply(stageStringToSign, texts.StringToSign); err != nil {
		return texts, err
	}
	mac := hmac.New(a.newHash, []byte(secret+"&"))
	mac.Write([]byte(texts.StringToSign))
	sum, err := f.apply(stageSignature, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if err != nil {
		return texts, err
	}
	r.query = joinQuery(r.query, "Signature="+encode(sum))
	return texts, nil
}

// transcriptOf gives what a server has to find signed. No signature is the empty
// text, so verifying that one always tells.
func transcriptOf(r *wireRequest, claim *signature.Claim) (signature.Transcript, error) {
	m := messageOf(r)
	err := claim.Verify(&m, "any")
	if errors.Is(err, signature.ErrUndecodable) {
		// A query with a broken percent-encoding has no canonical form. It is
		// signed as if the percent sign were data: some signature has to be there,
		// so that a server finds the query at fault and nothing else.
		m.Query = escapeBroken(m.Query)
		m.Body = []byte(escapeBroken(string(m.Body)))
		err = claim.Verify(&m, "any")
	}
	if mismatch, ok := errors.AsType[*signature.MismatchError](err); ok {
		return mismatch.Transcript, nil
	}
	return signature.Transcript{}, fmt.Errorf("find the text to sign: %w", err)
}

func messageOf(r *wireRequest) signature.Message {
	host, _ := r.get("Host")
	header := http.Header{}
	for _, h := range r.header {
		header.Add(h.Name, strings.TrimSpace(h.Value))
	}
	return signature.Message{Method: r.method, Path: r.path, Query: r.query, Host: host, Header: header, Body: []byte(r.body)}
}

// defaultSignedHeaders are the headers that the vendor's SDKs sign.
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

func sortedLower(names []string) []string {
	lower := make([]string, len(names))
	for i, name := range names {
		lower[i] = strings.ToLower(name)
	}
	slices.Sort(lower)
	return slices.Compact(lower)
}

// escapeBroken writes %25 for each percent sign that begins no escape.
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
