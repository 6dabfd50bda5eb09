package clientrunner

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The values of suite.Call.Credentials.
const (
	credentialsKey    = "key"
	credentialsSTS    = "sts"
	credentialsBearer = "bearer"
)

// keys are the credentials of one case. Each case has its own, so that a client
// that keeps them from one call to the next is found out. They are derived from
// the case's id: the same in every run.
type keys struct {
	id, secret    string
	token, bearer string
	cores         []string // what of them must not be shown
}

func keysOf(c suite.Case) keys {
	core := func(purpose string) string {
		sum := sha256.Sum256([]byte("esaconform " + purpose + " " + c.ID))
		return hex.EncodeToString(sum[:12])
	}
	var k keys
	switch c.Client.Call.Credentials {
	case credentialsBearer:
		k.bearer = "bearer." + core("bearer token")
		k.cores = []string{core("bearer token")}
	case credentialsSTS:
		// Real tokens are base64: characters that encodings treat differently.
		k.token = "STS/" + core("token") + "+with=chars=="
		k.id, k.secret = "STS.testid"+core("id")[:8], core("secret")
		k.cores = []string{core("token"), core("secret")}
	default:
		k.id, k.secret = "testid"+core("id")[:8], core("secret")
		k.cores = []string{core("secret")}
	}
	return k
}

// redact cuts the secrets out of a text, however they are encoded: what is
// looked for are digits and letters alone, which encodings leave as they are.
func (k keys) redact(text string) string {
	for _, core := range k.cores {
		text = strings.ReplaceAll(text, core, "[secret]")
	}
	return text
}

// fill puts the credentials into a request to an adapter.
func (k keys) fill(request *adapters.Request) {
	request.AccessKeyID, request.AccessKeySecret = k.id, k.secret
	request.SecurityToken, request.BearerToken = k.token, k.bearer
}

// redactResult cuts the secrets out of all that a result shows.
func (k keys) redactResult(r *suite.Result) {
	r.Reason = k.redact(r.Reason)
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Want, c.Got, c.Reason = k.redact(c.Want), k.redact(c.Got), k.redact(c.Reason)
	}
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		e.Request, e.Response = k.redact(e.Request), k.redact(e.Response)
		e.Error, e.Difference = k.redact(e.Error), k.redact(e.Difference)
	}
}
