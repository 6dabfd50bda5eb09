package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
)

func allSecrets() client.Credentials {
	return client.Credentials{AccessKeyID: testKey, AccessKeySecret: testSecret, SecurityToken: testToken, BearerToken: testBearer}
}

func TestCredentialsNeverShowSecrets(t *testing.T) {
	t.Parallel()
	c := allSecrets()
	sts := client.STSCredentials(testKey, testSecret, testToken)
	bearer := client.BearerCredentials(testBearer)
	one, err := client.New(client.WithCredentials(sts))
	if err != nil {
		t.Fatal(err)
	}
	type around struct {
		Exported   client.Credentials
		Provider   client.CredentialsProvider
		unexported client.CredentialsProvider
		client     *client.Client
	}
	outer := around{Exported: c, Provider: sts, unexported: bearer, client: one}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for what, value := range map[string]any{
			"credentials": c, "pointer": &c, "STS provider": sts, "bearer provider": bearer, "struct": outer,
			"client": one, "client value": *one, "slice": []client.Credentials{c},
			"error": fmt.Errorf("with %v", c),
		} {
			noSecrets(t, what+" with "+verb, fmt.Sprintf(verb, value))
		}
	}
	if s := fmt.Sprint(c); !strings.Contains(s, testKey) {
		t.Errorf("the access key ID, which is not secret, is missing from %q", s)
	}
	encoded, err := json.Marshal(map[string]any{"c": c, "p": &c})
	if err != nil {
		t.Fatal(err)
	}
	noSecrets(t, "JSON", string(encoded))
	s, err := c.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	noSecrets(t, "text", string(s))
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "credentials", c, "pointer", &c, "provider", sts, "client", one)
	}
	noSecrets(t, "log", log.String())
}

func TestCredentialsKinds(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]client.Credentials{
		"static": {AccessKeyID: "a", AccessKeySecret: "b"},
		"sts":    {AccessKeyID: "a", AccessKeySecret: "b", SecurityToken: "c"},
		"bearer": {BearerToken: "d"},
	} {
		if got := c.LogValue().Group()[1].Value.String(); got != want {
			t.Errorf("kind is %q, want %q", got, want)
		}
	}
}

func TestUnusableCredentials(t *testing.T) {
	t.Parallel()
	broken := errors.New("metadata service is away")
	for name, test := range map[string]struct {
		provider client.CredentialsProvider
		is       error
		part     string
	}{
		"none":               {client.StaticCredentials("", ""), client.ErrNoCredentials, "no credentials"},
		"no id":              {client.StaticCredentials("", testSecret), client.ErrNoCredentials, "ID is empty"},
		"no secret":          {client.StaticCredentials(testKey, ""), client.ErrNoCredentials, "secret is empty"},
		"token alone":        {client.STSCredentials("", "", testToken), client.ErrNoCredentials, "ID is empty"},
		"empty bearer":       {client.BearerCredentials(""), client.ErrNoCredentials, "no credentials"},
		"id line end":        {client.StaticCredentials(testKey+"\n", testSecret), nil, "access key ID contains a space"},
		"secret line end":    {client.StaticCredentials(testKey, testSecret+"\r\n"), nil, "access key secret contains a space"},
		"token with a space": {client.STSCredentials(testKey, testSecret, testToken+" "), nil, "security token contains a space"},
		"bearer unicode":     {client.BearerCredentials("tökén"), nil, "bearer token contains a space, control or"},
		"both kinds":         {client.CredentialsFunc(func(context.Context) (client.Credentials, error) { return allSecrets(), nil }), nil, "both"},
		"provider fails":     {client.CredentialsFunc(func(context.Context) (client.Credentials, error) { return client.Credentials{}, broken }), broken, "away"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := script(accepts())
			_, err := newClient(t, tr, client.WithCredentials(test.provider)).ApplyCertificate(t.Context(), input())
			if _, ok := errors.AsType[*client.CredentialsError](err); !ok {
				t.Fatalf("error is %v", err)
			}
			if test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.part) {
				t.Errorf("error is %v", err)
			}
			noSecrets(t, "error", err.Error())
			if len(tr.requests()) != 0 {
				t.Error("a request was sent")
			}
		})
	}
}

// The tests that set the process's environment cannot run in parallel.
func TestEnvironmentCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		id, secret, token string
		want              string // substring of the error, or empty
	}{
		"key":       {testKey, testSecret, "", ""},
		"temporary": {testKey, testSecret, testToken, ""},
		"nothing":   {"", "", "", "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"},
		"id only":   {testKey, "", "", "ALIBABA_CLOUD_ACCESS_KEY_ID is set, ALIBABA_CLOUD_ACCESS_KEY_SECRET is not"},
		"no id":     {"", testSecret, "", "ALIBABA_CLOUD_ACCESS_KEY_SECRET is set, ALIBABA_CLOUD_ACCESS_KEY_ID is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", test.id)
			t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", test.secret)
			t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", test.token)
			tr := script(accepts())
			c, err := client.New(client.WithTransport(tr))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.ApplyCertificate(t.Context(), input())
			if test.want != "" {
				if !errors.Is(err, client.ErrNoCredentials) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if claim := verify(t, tr.requests()[0]); claim.AccessKeyID != test.id || claim.SecurityToken != test.token {
				t.Errorf("claim is %v", claim)
			}
		})
	}
}
