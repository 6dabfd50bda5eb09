//go:build interop

package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	protocol "github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// rootVariable returns the environment variable by which a client trusts a further
// root, as in the README.
func rootVariable(client string) string {
	if client == "node" {
		return "NODE_EXTRA_CA_CERTS"
	}
	return "SSL_CERT_FILE"
}

// TestHTTPS calls a server with --https with each client. A client that trusts the
// server's root, as documented, is served. Any other refuses to call.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	running := startDaemon(t, build(t, "../../../../server/cmd/esacertd"), []string{"XDG_DATA_HOME=" + t.TempDir()}, "--https")
	if !strings.HasPrefix(running.Endpoint, "https://") || running.root == "" {
		t.Fatalf("the server is at %s, its root is %q", running.Endpoint, running.root)
	}
	for _, adapter := range adapters(t) {
		t.Run(adapter.Name, func(t *testing.T) {
			t.Parallel()
			name := adapter.Name + ".example.com"
			trusting := open(t, adapter, rootVariable(adapter.Name)+"="+running.root)
			result := live.Run(t.Context(), trusting, running.Target, []live.Case{{
				ID: "live/https", Why: "A client that trusts the root is served.", Variants: live.BasicVariants(), AnyVariant: true,
				Parameters: map[string]string{"SiteId": site, "Domains": name}, Domains: []string{name},
			}})[0]
			if result.Verdict != suite.Passed {
				t.Errorf("with the root: %s: %+v", result.Verdict, result.Checks)
			}
			refused, err := open(t, adapter).Session.Call(t.Context(), protocol.Request{
				ID: name, Endpoint: running.Endpoint, AccessKeyID: "testid", AccessKeySecret: "testsecret", Signature: adapter.Signature,
				Parameters: map[string]string{"SiteId": site, "Domains": "untrusted-" + name},
			})
			if err != nil {
				t.Fatal(err)
			}
			if refused.OK || refused.Error.Kind != protocol.KindConnection || !strings.Contains(strings.ToLower(refused.Error.Raw), "certificate") {
				t.Errorf("without the root: %+v %+v", refused.Response, refused.Error)
			}
		})
	}
	t.Run("python with Config(ca)", func(t *testing.T) {
		t.Parallel()
		callWithPythonConfig(t, running, "with-ca.example.com", "ca="+fmt.Sprintf("%q", running.root), true)
		// Unlike Python's requests, the SDK ignores this variable.
		callWithPythonConfig(t, running, "without-ca.example.com", "", false, "REQUESTS_CA_BUNDLE="+running.root)
	})
}

// site is example.com of the server's built-in example.
const site = "1234567890123"

// callWithPythonConfig makes the call with a Config that has a further field.
func callWithPythonConfig(t *testing.T, daemon daemon, domain, field string, accepted bool, env ...string) {
	t.Helper()
	program := fmt.Sprintf(`
import json
from alibabacloud_esa20240910.client import Client
from alibabacloud_esa20240910.models import ApplyCertificateRequest
from alibabacloud_tea_openapi.utils_models import Config
client = Client(Config(access_key_id="testid", access_key_secret="testsecret", protocol="https", endpoint=%q, %s))
print(json.dumps(client.apply_certificate(ApplyCertificateRequest(site_id=%s, domains=%q)).body.to_map()))
`, strings.TrimPrefix(daemon.Endpoint, "https://"), field, site, domain)
	command := exec.CommandContext(context.WithoutCancel(t.Context()), python(t), "-c", program)
	command.Env = append(environment(), env...)
	out, err := command.CombinedOutput()
	var body struct{ RequestID string }
	if accepted != (err == nil && json.Unmarshal(out, &body) == nil && body.RequestID != "") {
		t.Errorf("%s %v: accepted: %t; %v\n%s", field, env, !accepted, err, out)
	}
	if !accepted && !strings.Contains(string(out), "CERTIFICATE_VERIFY_FAILED") {
		t.Errorf("%s %v: %s", field, env, out)
	}
}

// python returns the interpreter of the adapter, as an absolute path.
func python(t *testing.T) string {
	t.Helper()
	all := adapters(t)
	command := all[slices.IndexFunc(all, func(a clientrunner.Adapter) bool { return a.Name == "python" })].Command
	path, err := filepath.Abs(filepath.Join(command.Dir, command.Path))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
