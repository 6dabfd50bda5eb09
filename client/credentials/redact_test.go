package credentials_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	vendor "github.com/aliyun/credentials-go/credentials"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/credentials"
)

func noSecrets(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{secretA, secretB, tokenA} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q: %v", secret, err)
		}
	}
}

// The vendor quotes an incomplete response, including its secret.
func TestIncompleteResponseIsRedacted(t *testing.T) {
	clean(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"AccessKeyId":"uriAK","AccessKeySecret":"` + secretA + `","SecurityToken":"` + tokenA + `"}`))
	}))
	t.Cleanup(srv.Close)
	kind := "credentials_uri"
	credential, err := vendor.NewCredential(&vendor.Config{Type: &kind, Url: &srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = credentials.FromVendor(credential).Credentials(t.Context())
	if !errors.Is(err, client.ErrNoCredentials) || !strings.Contains(err.Error(), "AccessKeySecret") {
		t.Errorf("error is %v", err)
	}
	noSecrets(t, err)
}

// Error strings of the vendor's module, and their redacted form.
func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ message, want string }{
		"json":             {`refresh failed: {"Code":"x","AccessKeySecret":"` + secretA + `","a":"b"}`, `refresh failed: {"Code":"x","AccessKeySecret": (hidden)`},
		"json in json":     {`failed: "{\"SecurityToken\":\"` + tokenA + `\"}"`, `failed: "{\"SecurityToken\": (hidden)`},
		"name twice":       {`{"AccessKeySecret":"AccessKeySecret":"` + secretA + `"}`, `{"AccessKeySecret": (hidden)`},
		"not closed":       {`{"access_token" : "` + tokenA, `{"access_token" : (hidden)`},
		"escaped quote":    {`{"Password":"\"` + secretA + `"}`, `{"Password": (hidden)`},
		"a list":           {`{"secrets":["a","` + secretA + `"]}`, `{"secrets": (hidden)`},
		"no quotes":        {"get credentials failed: AccessKeyId: , AccessKeySecret: " + secretA + ", SecurityToken: " + tokenA, "get credentials failed: AccessKeyId: , AccessKeySecret: (hidden)"},
		"line of a file":   {"ERROR: Can not load sectionkey-value delimiter not found: access_key_secret " + secretB, "ERROR: Can not load sectionkey-value delimiter not found: (hidden)"},
		"unclosed section": {"ERROR: unclosed section: [" + secretB, "ERROR: unclosed section: (hidden)"},
		"no JSON": {
			"unmarshal aliyun cli config from 'f' failed: " + secretA,
			"unmarshal aliyun cli config from 'f' failed: not JSON of the expected form",
		},
		"address":   {"get credentials from http://h/?token=" + tokenA + "&a=b failed: 503", "get credentials from http://h/?token=(hidden)&a=b failed: 503"},
		"no secret": {"refresh Ecs sts token err: dial tcp: refused, key not found", "refresh Ecs sts token err: dial tcp: refused, key not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := credentials.FromVendor(fake{get: func() (*vendor.CredentialModel, error) { return nil, errors.New(test.message) }}).Credentials(t.Context())
			noSecrets(t, err)
			if want := client.ErrNoCredentials.Error() + " from the credential: " + test.want; err == nil || err.Error() != want {
				t.Errorf("error is %v\nwant     %s", err, want)
			}
		})
	}
}

// A line without a delimiter is quoted by the reader of the credentials file.
func TestCorruptFileIsNotQuoted(t *testing.T) {
	home := clean(t)
	write(t, filepath.Join(home, ".alibabacloud/credentials"), "[default]\ntype = access_key\naccess_key_secret "+secretB+"\n")
	_, err := credentials.Default().Credentials(t.Context())
	if !errors.Is(err, client.ErrNoCredentials) || !strings.Contains(err.Error(), "delimiter not found") {
		t.Errorf("error is %v", err)
	}
	noSecrets(t, err)
}

func FuzzNoSecretInErrors(f *testing.F) {
	f.Add(`{"AccessKeySecret":"`, `","x":1}`)
	f.Add(`failed: {"sts_token" : "`, `"`)
	f.Add("unmarshal aliyun cli config from 'f' failed: ", "\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before, secretA) || strings.Contains(after, secretA) {
			return // the surrounding string is the secret itself
		}
		for _, document := range []string{
			before + `"AccessKeySecret":"` + secretA + `"` + after,
			"unmarshal aliyun cli config from 'f' failed: " + before + secretA + after,
		} {
			_, err := credentials.FromVendor(fake{get: func() (*vendor.CredentialModel, error) { return nil, errors.New(document) }}).Credentials(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			noSecrets(t, err)
		}
	})
}
