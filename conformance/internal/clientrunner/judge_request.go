package clientrunner

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaapi"
)

// requestJudge judges the requests of one case.
type requestJudge struct {
	caseID   string
	call     *suite.Call
	creds    credentials
	nonces   *nonceSet
	checks   *checks
	redactor *redact.Redactor
}

// judge judges one of several requests. It returns the first difference between the
// client's canonical request and the expected one, if any.
func (j *requestJudge) judge(r *receivedRequest, attempt, of int) (difference string) {
	j.judgeSecrecy(r, attempt, of)
	if r.parseErr != nil {
		j.checks.add(false, checkHTTP, "an HTTP request", excerpt(r.raw, j.redactor), attemptPrefix(attempt, of, r.parseErr.Error()))
		return ""
	}
	j.checks.add(true, checkHTTP, "an HTTP request", "", "")
	j.checks.add(r.request.Method == j.call.Method, checkMethod, j.call.Method, r.request.Method, attemptPrefix(attempt, of, ""))
	path := r.request.URL.EscapedPath()
	j.checks.add(path == "/", checkPath, "/", path, attemptPrefix(attempt, of, ""))
	j.judgeParameters(r, attempt, of)
	return j.judgeClaim(r, attempt, of)
}

// judgeSecrecy checks that the request does not contain the access key secret. Tokens
// are part of a request.
func (j *requestJudge) judgeSecrecy(r *receivedRequest, attempt, of int) {
	leaked := j.creds.secret != "" && bytes.Contains(r.raw, []byte(j.creds.secret))
	j.checks.add(!leaked, checkSecrecy, "no access key secret in the request", "the access key secret", attemptPrefix(attempt, of, ""))
}

// judgeClaim judges the authentication of the request.
func (j *requestJudge) judgeClaim(r *receivedRequest, attempt, of int) (difference string) {
	message := r.message()
	want := j.wantScheme()
	claim, err := signature.Parse(&message)
	if err != nil {
		j.checks.add(false, checkSignature, want.String(), "a signature that cannot be verified", attemptPrefix(attempt, of, err.Error()))
		return ""
	}
	if claim.Scheme != want {
		j.checks.add(false, checkSignature, want.String(), claim.Scheme.String(), attemptPrefix(attempt, of, "not the requested signature scheme"))
	} else {
		difference = j.judgeSignature(r, &message, &claim, attempt, of)
	}
	j.judgeCredentials(r, &claim, attempt, of)
	j.checks.add(claim.Action == j.call.Operation, checkAction, j.call.Operation, claim.Action, attemptPrefix(attempt, of, ""))
	j.checks.add(claim.Version == esaapi.Version, checkVersion, esaapi.Version, claim.Version, attemptPrefix(attempt, of, ""))
	j.judgeDate(r, &claim, attempt, of)
	j.judgeNonce(&claim, attempt, of)
	return difference
}

// wantScheme returns the requested signature scheme.
func (j *requestJudge) wantScheme() signature.Scheme {
	switch {
	case j.creds.bearer != "":
		return signature.Bearer
	case j.call.Signature == adapters.SignatureHMACSHA1:
		return signature.RPCHMACSHA1
	}
	return signature.ACS3HMACSHA256
}

// judgeSignature verifies the signature. If it differs, the reason names the mistake of
// the client if it is a known one.
func (j *requestJudge) judgeSignature(r *receivedRequest, message *signature.Message, claim *signature.Claim, attempt, of int) (difference string) {
	want := claim.Scheme.String()
	if claim.Scheme == signature.Bearer {
		j.checks.add(true, checkSignature, want, "", "")
		return ""
	}
	err := claim.Verify(message, j.creds.secret)
	if err == nil && claim.Scheme == signature.ACS3HMACSHA256 && len(r.body) > 0 && !claim.Signs("content-type") {
		err = errors.New("content-type is not a signed header, so an intermediary could change whether the body is read as a form")
	}
	if err == nil {
		j.checks.add(true, checkSignature, want, "", "")
		return ""
	}
	reason := err.Error()
	if mismatch, ok := errors.AsType[*signature.MismatchError](err); ok {
		diagnosis := signature.Diagnose(message, claim, j.creds.secret, esaapi.EndpointHosts()...)
		reason, difference = diagnosis.String(), diagnosis.String()
		if len(diagnosis.Mistakes) == 0 {
			difference += "\nExpected:\n" + mismatch.Transcript.String()
		}
	}
	j.checks.add(false, checkSignature, want+", by the secret of the case", "a signature that does not verify", attemptPrefix(attempt, of, reason))
	return difference
}

// judgeCredentials compares the credentials of the request with those of the case.
func (j *requestJudge) judgeCredentials(r *receivedRequest, claim *signature.Claim, attempt, of int) {
	wrong := func(want, got string) {
		j.checks.add(false, checkCredential, want, got, attemptPrefix(attempt, of, ""))
	}
	bearerHeader := r.request.Header.Get("X-Acs-Bearer-Token")
	switch {
	case claim.AccessKeyID != j.creds.id:
		wrong("access key id "+quoted(j.creds.id), quoted(claim.AccessKeyID))
	case claim.SecurityToken != j.creds.token:
		wrong("security token "+quoted(j.creds.token), quoted(claim.SecurityToken))
	case claim.BearerToken != j.creds.bearer:
		wrong("bearer token "+quoted(j.creds.bearer), quoted(claim.BearerToken))
	case j.creds.bearer != "" && j.call.Signature != adapters.SignatureHMACSHA1 && bearerHeader == "":
		wrong("bearer token in the header x-acs-bearer-token", "in a parameter")
	case j.creds.bearer != "" && !hasBearerType(r):
		wrong("SignatureType=BEARERTOKEN with the bearer token", "none")
	default:
		j.checks.add(true, checkCredential, "the credentials of the case", "", "")
	}
}

// judgeDate compares the date with the time of arrival. A request with a bearer token is
// not signed and may omit the date.
func (j *requestJudge) judgeDate(r *receivedRequest, claim *signature.Claim, attempt, of int) {
	const want = "a date within 15 minutes"
	if claim.Scheme == signature.Bearer && claim.Date == "" {
		return
	}
	date, err := signature.ParseTime(claim.Scheme, claim.Date)
	if err != nil {
		j.checks.add(false, checkDate, want, quoted(claim.Date), attemptPrefix(attempt, of, err.Error()))
		return
	}
	off := date.Sub(r.receivedAt)
	j.checks.add(off.Abs() <= signature.MaxClockSkew, checkDate, want, claim.Date,
		attemptPrefix(attempt, of, fmt.Sprintf("the date is off by %s", off.Round(time.Second))))
}

// judgeNonce checks that no other request of the session had the same nonce.
func (j *requestJudge) judgeNonce(claim *signature.Claim, attempt, of int) {
	const want = "a nonce that no request had before"
	if claim.Nonce == "" {
		if claim.Scheme != signature.Bearer {
			j.checks.add(false, checkNonce, want, "none", attemptPrefix(attempt, of, ""))
		}
		return
	}
	where := fmt.Sprintf("attempt %d of case %s", attempt+1, j.caseID)
	before, fresh := j.nonces.add(claim.Nonce, where)
	j.checks.add(fresh, checkNonce, want, claim.Nonce, attemptPrefix(attempt, of, "first used in "+before))
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }
