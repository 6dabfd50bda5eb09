package clientrunner

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The values of suite.Call.Credentials.
const (
	credentialsKey    = "key"
	credentialsSTS    = "sts"
	credentialsBearer = "bearer"
)

// credentials are the credentials of one case. Each case has different ones, so that a
// client fails if it keeps them from an earlier call. They are derived from the case ID
// and so are equal in every run.
type credentials struct {
	id, secret    string
	token, bearer string
	secretParts   []string // parts of the secrets that no encoding changes
}

func newCredentials(c suite.Case) credentials {
	// Encodings leave the digits and letters of a core unchanged.
	core := func(purpose string) string {
		sum := sha256.Sum256([]byte("esaconform " + purpose + " " + c.ID))
		return hex.EncodeToString(sum[:12])
	}
	var k credentials
	switch c.Client.Call.Credentials {
	case credentialsBearer:
		k.bearer = "bearer." + core("bearer token")
		k.secretParts = []string{core("bearer token")}
	case credentialsSTS:
		// Real tokens are base64: characters that encodings treat differently.
		k.token = "STS/" + core("token") + "+with=chars=="
		k.id, k.secret = "STS.testid"+core("id")[:8], core("secret")
		k.secretParts = []string{core("token"), core("secret")}
	default:
		k.id, k.secret = "testid"+core("id")[:8], core("secret")
		k.secretParts = []string{core("secret")}
	}
	return k
}

// fill sets the credentials of a request to an adapter.
func (k credentials) fill(request *adapters.Request) {
	request.AccessKeyID, request.AccessKeySecret = k.id, k.secret
	request.SecurityToken, request.BearerToken = k.token, k.bearer
}
