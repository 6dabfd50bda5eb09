package credentials_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	vendor "github.com/aliyun/credentials-go/credentials"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/credentials"
)

const (
	secretA = "s3cret-of-a-profile"
	secretB = "s3cret-of-the-file"
	tokenA  = "t0ken-of-a-profile"
)

// clean removes the credentials and proxies that the test machine may have set,
// and blocks the network. Tests that use it cannot run in parallel.
func clean(t *testing.T) (home string) {
	t.Helper()
	for _, name := range os.Environ() {
		if name, _, _ := strings.Cut(name, "="); strings.HasPrefix(name, "ALIBABA_CLOUD_") {
			t.Setenv(name, "")
		}
	}
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
	return home
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func config(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/config.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDefaultChain(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T, home string)
		want    client.Credentials
	}{
		"environment": {func(t *testing.T, home string) {
			t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "envAK")
			t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "envSecret")
			t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "envToken")
			write(t, filepath.Join(home, ".aliyun/config.json"), config(t))
		}, client.Credentials{AccessKeyID: "envAK", AccessKeySecret: "envSecret", SecurityToken: "envToken"}},
		"profile of the command": {func(t *testing.T, home string) {
			write(t, filepath.Join(home, ".aliyun/config.json"), config(t))
			write(t, filepath.Join(home, ".alibabacloud/credentials"), "[default]\ntype = access_key\naccess_key_id = iniAK\naccess_key_secret = "+secretB+"\n")
		}, client.Credentials{AccessKeyID: "profileAK", AccessKeySecret: secretA}},
		"profile of the file": {func(t *testing.T, home string) {
			write(t, filepath.Join(home, ".alibabacloud/credentials"), "[default]\ntype = access_key\naccess_key_id = iniAK\naccess_key_secret = "+secretB+"\n")
		}, client.Credentials{AccessKeyID: "iniAK", AccessKeySecret: secretB}},
		"address": {func(t *testing.T, _ string) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"AccessKeyId":"uriAK","AccessKeySecret":"uriSecret","SecurityToken":"uriToken","Expiration":"2099-01-01T00:00:00Z"}`))
			}))
			t.Cleanup(srv.Close)
			t.Setenv("ALIBABA_CLOUD_CREDENTIALS_URI", srv.URL)
		}, client.Credentials{AccessKeyID: "uriAK", AccessKeySecret: "uriSecret", SecurityToken: "uriToken"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.prepare(t, clean(t))
			got, err := credentials.Default().Credentials(t.Context())
			if err != nil || got != test.want {
				t.Errorf("credentials are %v, error %v", got, err)
			}
		})
	}
}

func TestNoCredentialsFound(t *testing.T) {
	clean(t)
	_, err := credentials.Default().Credentials(t.Context())
	if !errors.Is(err, client.ErrNoCredentials) || !strings.Contains(err.Error(), "ALIBABA_CLOUD_ACCESS_KEY_ID") || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("error is %v", err)
	}
}

// A chain that found nothing is searched again: the vendor's chain would retry
// only its last source.
func TestChainRecovers(t *testing.T) {
	home := clean(t)
	chain := credentials.Default()
	if _, err := chain.Credentials(t.Context()); err == nil {
		t.Fatal("credentials without a source")
	}
	write(t, filepath.Join(home, ".aliyun/config.json"), config(t))
	if got, err := chain.Credentials(t.Context()); err != nil || got.AccessKeyID != "profileAK" {
		t.Errorf("credentials are %v, error %v", got, err)
	}
}

func TestProfiles(t *testing.T) {
	clean(t)
	for name, want := range map[string]client.Credentials{
		"":          {AccessKeyID: "profileAK", AccessKeySecret: secretA},
		"default":   {AccessKeyID: "profileAK", AccessKeySecret: secretA},
		"temporary": {AccessKeyID: "STS.profileAK", AccessKeySecret: secretB, SecurityToken: tokenA},
	} {
		got, err := credentials.ProfileFromFile("testdata/config.json", name).Credentials(t.Context())
		if err != nil || got != want {
			t.Errorf("profile %q: credentials are %v, error %v", name, got, err)
		}
	}
	t.Setenv("ALIBABA_CLOUD_CONFIG_FILE", "testdata/config.json")
	if got, err := credentials.Profile("temporary").Credentials(t.Context()); err != nil || got.SecurityToken != tokenA {
		t.Errorf("profile by environment: %v, %v", got, err)
	}
}

// No error of the vendor may include a secret, and none may be discarded.
func TestProfileFailures(t *testing.T) {
	home := clean(t)
	file := filepath.Join(home, "config.json")
	for name, test := range map[string]struct {
		content, profile, want string
	}{
		"missing profile": {config(t), "unknown", "unable to get profile with 'unknown'"},
		"unknown mode":    {config(t), "odd", "unsupported profile mode 'Odd'"},
		"no JSON":         {strings.Replace(config(t), "{", "{,", 1), "", "not JSON of the expected form"},
		"wrong type":      {strings.Replace(config(t), `"default"`, "7", 1), "", "not JSON of the expected form"},
		"null in list":    {`{"current":"a","profiles":[null]}`, "", "vendor's module panicked"},
		"no profiles":     {`{}`, "", "no any configured profiles"},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, file, test.content)
			_, err := credentials.ProfileFromFile(file, test.profile).Credentials(t.Context())
			if !errors.Is(err, client.ErrNoCredentials) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v", err)
			}
			noSecrets(t, err)
		})
	}
	if _, err := credentials.ProfileFromFile(filepath.Join(home, "missing.json"), "").Credentials(t.Context()); err == nil || !strings.Contains(err.Error(), "missing.json") {
		t.Errorf("error is %v", err)
	}
	t.Setenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true")
	if _, err := credentials.Profile("").Credentials(t.Context()); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("error is %v", err)
	}
}

func TestFromVendor(t *testing.T) {
	t.Parallel()
	bearer, token := "bearer", "b3arer"
	credential, err := vendor.NewCredential(&vendor.Config{Type: &bearer, BearerToken: &token})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := credentials.FromVendor(credential).Credentials(t.Context()); err != nil || got != (client.Credentials{BearerToken: token}) {
		t.Errorf("credentials are %v, error %v", got, err)
	}
	for name, broken := range map[string]vendor.Credential{"nil": nil, "no model": fake{}, "nil pointer": (*vendor.BearerTokenCredential)(nil)} {
		if _, err := credentials.FromVendor(broken).Credentials(t.Context()); !errors.Is(err, client.ErrNoCredentials) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// fake is a credential of the vendor's module made for the tests.
type fake struct {
	vendor.Credential
	get func() (*vendor.CredentialModel, error)
}

func (f fake) GetCredential() (*vendor.CredentialModel, error) {
	if f.get == nil {
		return nil, nil
	}
	return f.get()
}

// The vendor's functions accept no context and may hang.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hanging := credentials.FromVendor(fake{get: func() (*vendor.CredentialModel, error) {
		<-release
		return new(vendor.CredentialModel).SetAccessKeyId("a").SetAccessKeySecret("b"), nil
	}})
	for range 2 { // the second waits for the first
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		_, err := hanging.Credentials(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	}
	close(release)
	if got, err := hanging.Credentials(t.Context()); err != nil || got.AccessKeyID != "a" {
		t.Errorf("credentials are %v, error %v", got, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	fetches := 0 // no lock: the race detector reports concurrent fetches
	provider := credentials.FromVendor(fake{get: func() (*vendor.CredentialModel, error) {
		fetches++
		return new(vendor.CredentialModel).SetAccessKeyId("a").SetAccessKeySecret("b"), nil
	}})
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := provider.Credentials(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if fetches != 50 {
		t.Errorf("fetched %d times, want 50", fetches)
	}
}
