package clientrunner

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaapi"
)

// requestJudge judges the requests of one case.
type requestJudge struct {
	caseID string
	call   *suite.Call
	creds  credentials
	nonces *nonceSet
	checks *checks
}

// judge judges one request out of several. It gives the place where the
// client's canonical request and the right one part, if they do.
func (j *requestJudge) judge(a *receivedRequest, attempt, of int) (difference string) {
	j.judgeSecrecy(a, attempt, of)
	if a.parseErr != nil {
		j.checks.add(false, checkHTTP, "an HTTP request", excerpt(a.raw), attemptPrefix(attempt, of, a.parseErr.Error()))
		return ""
	}
	j.checks.add(true, checkHTTP, "an HTTP request", "", "")
	wantMethod := cmp.Or(j.call.Method, http.MethodPost)
	j.checks.add(a.request.Method == wantMethod, checkMethod, wantMethod, a.request.Method, attemptPrefix(attempt, of, ""))
	path := a.request.URL.EscapedPath()
	j.checks.add(path == "/", checkPath, "/", path, attemptPrefix(attempt, of, ""))
	j.judgeParameters(a, attempt, of)
	return j.judgeClaim(a, attempt, of)
}

// secrecy looks for a secret on the wire. Tokens belong there, the access key
// secret never does.
func (j *requestJudge) judgeSecrecy(a *receivedRequest, attempt, of int) {
	leaked := j.creds.secret != "" && bytes.Contains(a.raw, []byte(j.creds.secret))
	j.checks.add(!leaked, checkSecrecy, "no access key secret in the request", "the access key secret", attemptPrefix(attempt, of, ""))
}

// claim judges what the request says of its sender.
func (j *requestJudge) judgeClaim(a *receivedRequest, attempt, of int) (difference string) {
	message := a.message()
	want := j.wantScheme()
	claim, err := signature.Parse(&message)
	if err != nil {
		j.checks.add(false, checkSignature, want.String(), "what cannot be verified", attemptPrefix(attempt, of, err.Error()))
		return ""
	}
	if claim.Scheme != want {
		j.checks.add(false, checkSignature, want.String(), claim.Scheme.String(), attemptPrefix(attempt, of, "another scheme than the one that was asked for"))
	} else {
		difference = j.judgeSignature(a, &message, &claim, attempt, of)
	}
	j.judgeCredentials(a, &claim, attempt, of)
	j.checks.add(claim.Action == esaapi.Action, checkAction, esaapi.Action, claim.Action, attemptPrefix(attempt, of, ""))
	j.checks.add(claim.Version == esaapi.Version, checkVersion, esaapi.Version, claim.Version, attemptPrefix(attempt, of, ""))
	j.judgeDate(a, &claim, attempt, of)
	j.judgeNonce(&claim, attempt, of)
	return difference
}

// scheme is the one that was asked for.
func (j *requestJudge) wantScheme() signature.Scheme {
	switch {
	case j.creds.bearer != "":
		return signature.Bearer
	case j.call.Signature == adapters.SignatureHMACSHA1:
		return signature.RPCHMACSHA1
	}
	return signature.ACS3HMACSHA256
}

// verify computes the signature anew. Where it is another, it says what the
// client did, if that is a known mistake.
func (j *requestJudge) judgeSignature(a *receivedRequest, message *signature.Message, claim *signature.Claim, attempt, of int) (difference string) {
	want := claim.Scheme.String()
	if claim.Scheme == signature.Bearer {
		j.checks.add(true, checkSignature, want, "", "")
		return ""
	}
	err := claim.Verify(message, j.creds.secret)
	if err == nil && claim.Scheme == signature.ACS3HMACSHA256 && len(a.body) > 0 && !claim.Signs("content-type") {
		err = errors.New("the type of the body is not among the signed headers, so whether its fields count could be changed on the way")
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
			difference += "\nThe right text is:\n" + mismatch.Transcript.String()
		}
	}
	j.checks.add(false, checkSignature, want+", by the secret of the case", "a signature that does not verify", attemptPrefix(attempt, of, reason))
	return difference
}

// credentials compares who the request says that it is from.
func (j *requestJudge) judgeCredentials(a *receivedRequest, claim *signature.Claim, attempt, of int) {
	wrong := func(want, got string) {
		j.checks.add(false, checkCredential, want, got, attemptPrefix(attempt, of, ""))
	}
	bearerHeader := a.request.Header.Get("X-Acs-Bearer-Token")
	switch {
	case claim.AccessKeyID != j.creds.id:
		wrong("access key id "+quoted(j.creds.id), quoted(claim.AccessKeyID))
	case claim.SecurityToken != j.creds.token:
		wrong("security token "+quoted(j.creds.token), quoted(claim.SecurityToken))
	case claim.BearerToken != j.creds.bearer:
		wrong("bearer token "+quoted(j.creds.bearer), quoted(claim.BearerToken))
	case j.creds.bearer != "" && j.call.Signature != adapters.SignatureHMACSHA1 && bearerHeader == "":
		wrong("bearer token in the header x-acs-bearer-token", "in a parameter")
	case j.creds.bearer != "" && !hasBearerType(a):
		wrong("SignatureType=BEARERTOKEN beside the bearer token", "none")
	default:
		j.checks.add(true, checkCredential, "the credentials of the case", "", "")
	}
}

// date holds the date against the time of arrival. A bearer token comes without
// a signature, and its date may be left out.
func (j *requestJudge) judgeDate(a *receivedRequest, claim *signature.Claim, attempt, of int) {
	const want = "a date within 15 minutes"
	if claim.Scheme == signature.Bearer && claim.Date == "" {
		return
	}
	date, err := signature.ParseTime(claim.Scheme, claim.Date)
	if err != nil {
		j.checks.add(false, checkDate, want, quoted(claim.Date), attemptPrefix(attempt, of, err.Error()))
		return
	}
	off := date.Sub(a.receivedAt)
	j.checks.add(off.Abs() <= signature.MaxClockSkew, checkDate, want, claim.Date,
		attemptPrefix(attempt, of, fmt.Sprintf("it is %s off", off.Round(time.Second))))
}

// nonce looks whether any request of the run had the same.
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
	j.checks.add(fresh, checkNonce, want, claim.Nonce, attemptPrefix(attempt, of, "it was used before, in "+before))
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }
