package client

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/esacert/esacert/client/internal/vendorenv"
)

// StaticCredentials always gives this access key.
func StaticCredentials(accessKeyID, accessKeySecret string) CredentialsProvider {
	return newStatic(Credentials{AccessKeyID: accessKeyID, AccessKeySecret: accessKeySecret})
}

// STSCredentials always gives these temporary credentials. A program that runs
// longer than they last needs a provider that fetches new ones.
func STSCredentials(accessKeyID, accessKeySecret, securityToken string) CredentialsProvider {
	return newStatic(Credentials{AccessKeyID: accessKeyID, AccessKeySecret: accessKeySecret, SecurityToken: securityToken})
}

// BearerCredentials always gives this bearer token. A call with it is not
// signed, so anyone on the way could change it: use it over TLS only.
func BearerCredentials(token string) CredentialsProvider {
	return newStatic(Credentials{BearerToken: token})
}

// static keeps its credentials inside a function: whatever prints a struct that
// holds it, sees an address.
type static struct{ credentials func() Credentials }

func newStatic(c Credentials) static { return static{func() Credentials { return c }} }

// Credentials gives them.
func (s static) Credentials(context.Context) (Credentials, error) { return s.credentials(), nil }

// Format prints for every verb what Credentials print.
func (s static) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, s.credentials().describe())
}

// EnvironmentCredentials reads ALIBABA_CLOUD_ACCESS_KEY_ID,
// ALIBABA_CLOUD_ACCESS_KEY_SECRET and, for temporary credentials,
// ALIBABA_CLOUD_SECURITY_TOKEN at each call. It is what a client uses that was
// given nothing else.
func EnvironmentCredentials() CredentialsProvider { return environment{lookup: os.Getenv} }

type environment struct {
	lookup func(name string) string
}

// Credentials reads the variables.
func (e environment) Credentials(context.Context) (Credentials, error) {
	c := Credentials{
		AccessKeyID:     e.lookup(vendorenv.AccessKeyID),
		AccessKeySecret: e.lookup(vendorenv.AccessKeySecret),
		SecurityToken:   e.lookup(vendorenv.SecurityToken),
	}
	switch {
	case c.AccessKeyID == "" && c.AccessKeySecret == "":
		return Credentials{}, fmt.Errorf("%w in the environment: set %s and %s", ErrNoCredentials, vendorenv.AccessKeyID, vendorenv.AccessKeySecret)
	case c.AccessKeyID == "":
		return Credentials{}, fmt.Errorf("%w in the environment: %s is set, %s is not", ErrNoCredentials, vendorenv.AccessKeySecret, vendorenv.AccessKeyID)
	case c.AccessKeySecret == "":
		return Credentials{}, fmt.Errorf("%w in the environment: %s is set, %s is not", ErrNoCredentials, vendorenv.AccessKeyID, vendorenv.AccessKeySecret)
	}
	return c, nil
}
