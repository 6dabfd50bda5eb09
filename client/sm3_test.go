package client_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
)

// A call signed with SM3 verifies, also with a temporary key, and the last
// option wins.
func TestSM3(t *testing.T) {
	t.Parallel()
	for name, provider := range map[string]client.CredentialsProvider{
		"static": client.StaticCredentials(testKey, testSecret), "sts": client.STSCredentials(testKey, testSecret, testToken),
	} {
		for _, last := range []struct {
			name    string
			options []client.Option
			want    signature.Scheme
		}{
			{"SM3", []client.Option{client.WithSignature(signature.RPCHMACSHA1), client.WithSM3(sm3.Sum)}, signature.ACS3HMACSM3},
			{"RPC", []client.Option{client.WithSM3(sm3.Sum), client.WithSignature(signature.RPCHMACSHA1)}, signature.RPCHMACSHA1},
			{"ACS3", []client.Option{client.WithSM3(sm3.Sum), client.WithSignature(signature.ACS3HMACSHA256)}, signature.ACS3HMACSHA256},
		} {
			t.Run(name+"/"+last.name, func(t *testing.T) {
				t.Parallel()
				tr := script(accepts())
				c := newClient(t, tr, append(last.options, client.WithCredentials(provider))...)
				if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
					t.Fatal(err)
				}
				checkSigned(t, tr.requests()[0], last.want)
			})
		}
	}
}

func checkSigned(t *testing.T, req *http.Request, want signature.Scheme) {
	t.Helper()
	seen := req.Clone(t.Context())
	seen.Host = seen.URL.Host
	m := signature.MessageOf(seen, nil)
	claim, err := signature.Parser{SM3: sm3.Sum}.Parse(&m)
	if err != nil || claim.Scheme != want {
		t.Fatalf("claim is %v, %v, want %v", claim, err, want)
	}
	if err := claim.Verify(&m, testSecret); err != nil {
		t.Error(err)
	}
}

// Programs that use the SDK do not compile SM3.
func TestClientImportsNoSM3(t *testing.T) {
	t.Parallel()
	list, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".", "./signature", "./credentials").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(list), "esacert/client/signature\n") {
		t.Fatalf("go list printed %q", list)
	}
	for path := range strings.Lines(string(list)) {
		if strings.Contains(path, "gmsm") {
			t.Errorf("the SDK imports %s", path)
		}
	}
}
