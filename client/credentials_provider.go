package client

import (
	"context"
	"fmt"
	"io"
	"os"
)

// Environment variables of the vendor's tools.
const (
	envAccessKeyID     = "ALIBABA_CLOUD_ACCESS_KEY_ID"
	envAccessKeySecret = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
	envSecurityToken   = "ALIBABA_CLOUD_SECURITY_TOKEN" //nolint:gosec // the name of a variable
)

// StaticCredentials returns a provider of the given access key.
func StaticCredentials(accessKeyID, accessKeySecret string) CredentialsProvider {
	return newStatic(Credentials{AccessKeyID: accessKeyID, AccessKeySecret: accessKeySecret})
}

// STSCredentials returns a provider of the given temporary credentials. It does
// not refresh them when they expire.
func STSCredentials(accessKeyID, accessKeySecret, securityToken string) CredentialsProvider {
	return newStatic(Credentials{AccessKeyID: accessKeyID, AccessKeySecret: accessKeySecret, SecurityToken: securityToken})
}

// BearerCredentials returns a provider of the given bearer token. Calls with it
// are not signed, so they are not protected against changes in transit: use it
// over TLS only.
func BearerCredentials(token string) CredentialsProvider {
	return newStatic(Credentials{BearerToken: token})
}

// static keeps its credentials in a function, so that printing it shows an
// address.
type static struct{ credentials func() Credentials }

func newStatic(c Credentials) static { return static{func() Credentials { return c }} }

// Credentials returns them.
func (s static) Credentials(context.Context) (Credentials, error) { return s.credentials(), nil }

// Format prints for every verb what Credentials print.
func (s static) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, s.credentials().describe())
}

// EnvironmentCredentials returns a provider that reads
// ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and, for temporary
// credentials, ALIBABA_CLOUD_SECURITY_TOKEN at each call. It is the default of a
// client.
func EnvironmentCredentials() CredentialsProvider { return environment{lookup: os.Getenv} }

type environment struct {
	lookup func(name string) string
}

// Credentials reads the variables.
func (e environment) Credentials(context.Context) (Credentials, error) {
	c := Credentials{
		AccessKeyID:     e.lookup(envAccessKeyID),
		AccessKeySecret: e.lookup(envAccessKeySecret),
		SecurityToken:   e.lookup(envSecurityToken),
	}
	switch {
	case c.AccessKeyID == "" && c.AccessKeySecret == "":
		return Credentials{}, fmt.Errorf("%w in the environment: set %s and %s", ErrNoCredentials, envAccessKeyID, envAccessKeySecret)
	case c.AccessKeyID == "":
		return Credentials{}, fmt.Errorf("%w in the environment: %s is set, %s is not", ErrNoCredentials, envAccessKeySecret, envAccessKeyID)
	case c.AccessKeySecret == "":
		return Credentials{}, fmt.Errorf("%w in the environment: %s is set, %s is not", ErrNoCredentials, envAccessKeyID, envAccessKeySecret)
	}
	return c, nil
}
