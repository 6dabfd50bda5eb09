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
	keys   keys
	nonces *ledger
	checks *checks
}

// judge judges one request out of several. It gives the place where the
// client's canonical request and the right one part, if they do.
func (j *requestJudge) judge(a *arrival, attempt, of int) (difference string) {
	j.secrecy(a, attempt, of)
	if a.broken != nil {
		j.checks.add(false, checkHTTP, "an HTTP request", shown(a.raw), in(attempt, of, a.broken.Error()))
		return ""
	}
	j.checks.add(true, checkHTTP, "an HTTP request", "", "")
	wantMethod := cmp.Or(j.call.Method, http.MethodPost)
	j.checks.add(a.request.Method == wantMethod, checkMethod, wantMethod, a.request.Method, in(attempt, of, ""))
	path := a.request.URL.EscapedPath()
	j.checks.add(path == "/", checkPath, "/", path, in(attempt, of, ""))
	j.parameters(a, attempt, of)
	return j.claim(a, attempt, of)
}

// secrecy looks for a secret on the wire. Tokens belong there, the access key
// secret never does.
func (j *requestJudge) secrecy(a *arrival, attempt, of int) {
	leaked := j.keys.secret != "" && bytes.Contains(a.raw, []byte(j.keys.secret))
	j.checks.add(!leaked, checkSecrecy, "no access key secret in the request", "the access key secret", in(attempt, of, ""))
}

// claim judges what the request says of its sender.
func (j *requestJudge) claim(a *arrival, attempt, of int) (difference string) {
	message := a.message()
	want := j.scheme()
	claim, err := signature.Parse(&message)
	if err != nil {
		j.checks.add(false, checkSignature, want.String(), "what cannot be verified", in(attempt, of, err.Error()))
		return ""
	}
	if claim.Scheme != want {
		j.checks.add(false, checkSignature, want.String(), claim.Scheme.String(), in(attempt, of, "another scheme than the one that was asked for"))
	} else {
		difference = j.verify(a, &message, &claim, attempt, of)
	}
	j.credentials(a, &claim, attempt, of)
	j.checks.add(claim.Action == esaapi.Action, checkAction, esaapi.Action, claim.Action, in(attempt, of, ""))
	j.checks.add(claim.Version == esaapi.Version, checkVersion, esaapi.Version, claim.Version, in(attempt, of, ""))
	j.date(a, &claim, attempt, of)
	j.nonce(&claim, attempt, of)
	return difference
}

// scheme is the one that was asked for.
func (j *requestJudge) scheme() signature.Scheme {
	switch {
	case j.keys.bearer != "":
		return signature.Bearer
	case j.call.Signature == adapters.SignatureHMACSHA1:
		return signature.RPCHMACSHA1
	}
	return signature.ACS3HMACSHA256
}

// verify computes the signature anew. Where it is another, it says what the
// client did, if that is a known mistake.
func (j *requestJudge) verify(a *arrival, message *signature.Message, claim *signature.Claim, attempt, of int) (difference string) {
	want := claim.Scheme.String()
	if claim.Scheme == signature.Bearer {
		j.checks.add(true, checkSignature, want, "", "")
		return ""
	}
	err := claim.Verify(message, j.keys.secret)
	if err == nil && claim.Scheme == signature.ACS3HMACSHA256 && len(a.body) > 0 && !claim.Signs("content-type") {
		err = errors.New("the type of the body is not among the signed headers, so whether its fields count could be changed on the way")
	}
	if err == nil {
		j.checks.add(true, checkSignature, want, "", "")
		return ""
	}
	reason := err.Error()
	if mismatch, ok := errors.AsType[*signature.MismatchError](err); ok {
		diagnosis := signature.Diagnose(message, claim, j.keys.secret, esaapi.EndpointHosts()...)
		reason, difference = diagnosis.String(), diagnosis.String()
		if len(diagnosis.Mistakes) == 0 {
			difference += "\nThe right text is:\n" + mismatch.Transcript.String()
		}
	}
	j.checks.add(false, checkSignature, want+", by the secret of the case", "a signature that does not verify", in(attempt, of, reason))
	return difference
}

// credentials compares who the request says that it is from.
func (j *requestJudge) credentials(a *arrival, claim *signature.Claim, attempt, of int) {
	wrong := func(want, got string) {
		j.checks.add(false, checkCredential, want, got, in(attempt, of, ""))
	}
	bearerHeader := a.request.Header.Get("X-Acs-Bearer-Token")
	switch {
	case claim.AccessKeyID != j.keys.id:
		wrong("access key id "+quoted(j.keys.id), quoted(claim.AccessKeyID))
	case claim.SecurityToken != j.keys.token:
		wrong("security token "+quoted(j.keys.token), quoted(claim.SecurityToken))
	case claim.BearerToken != j.keys.bearer:
		wrong("bearer token "+quoted(j.keys.bearer), quoted(claim.BearerToken))
	case j.keys.bearer != "" && j.call.Signature != adapters.SignatureHMACSHA1 && bearerHeader == "":
		wrong("bearer token in the header x-acs-bearer-token", "in a parameter")
	case j.keys.bearer != "" && !saysBearer(a):
		wrong("SignatureType=BEARERTOKEN beside the bearer token", "none")
	default:
		j.checks.add(true, checkCredential, "the credentials of the case", "", "")
	}
}

// date holds the date against the time of arrival. A bearer token comes without
// a signature, and its date may be left out.
func (j *requestJudge) date(a *arrival, claim *signature.Claim, attempt, of int) {
	const want = "a date within 15 minutes"
	if claim.Scheme == signature.Bearer && claim.Date == "" {
		return
	}
	date, err := signature.ParseTime(claim.Scheme, claim.Date)
	if err != nil {
		j.checks.add(false, checkDate, want, quoted(claim.Date), in(attempt, of, err.Error()))
		return
	}
	off := date.Sub(a.at)
	j.checks.add(off.Abs() <= signature.MaxClockSkew, checkDate, want, claim.Date,
		in(attempt, of, fmt.Sprintf("it is %s off", off.Round(time.Second))))
}

// nonce looks whether any request of the run had the same.
func (j *requestJudge) nonce(claim *signature.Claim, attempt, of int) {
	const want = "a nonce that no request had before"
	if claim.Nonce == "" {
		if claim.Scheme != signature.Bearer {
			j.checks.add(false, checkNonce, want, "none", in(attempt, of, ""))
		}
		return
	}
	where := fmt.Sprintf("attempt %d of case %s", attempt+1, j.caseID)
	before, fresh := j.nonces.spend(claim.Nonce, where)
	j.checks.add(fresh, checkNonce, want, claim.Nonce, in(attempt, of, "it was used before, in "+before))
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }
