//go:build interop

package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
)

// trust is the variable by which a client trusts one more root, as the README
// says.
func trust(client string) string {
	if client == "Node SDK" {
		return "NODE_EXTRA_CA_CERTS"
	}
	return "SSL_CERT_FILE"
}

// TestHTTPS calls a server that serves HTTPS by itself (--https) with each client,
// unchanged. Told to trust the server's root in the documented way a client is
// served, and otherwise it refuses to call.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	running := startDaemonWith(t, build(t, "../../../../server/cmd/esacertd"), []string{"XDG_DATA_HOME=" + t.TempDir()}, "--https")
	if !strings.HasPrefix(running.Endpoint, "https://") || running.root == "" {
		t.Fatalf("the server is at %s, its root is %q", running.Endpoint, running.root)
	}
	for _, c := range clients(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			name := strings.ReplaceAll(strings.ToLower(c.name), " ", "-") + ".example.com"
			trusting := c.start(t, trust(c.name)+"="+running.root)
			result := apply(t, trusting, running.Target, name)
			if !result.OK {
				t.Fatalf("refused: %+v", result.Error)
			}
			entries, err := running.Journal(t.Context(), fmt.Sprint(result.Response.Body["RequestId"]))
			if err != nil || len(entries) != 1 || entries[0].Rule != "Accepted" {
				t.Errorf("the journal has %+v, %v", entries, err)
			}
			result = apply(t, c.start(t), running.Target, "untrusted-"+name)
			if result.OK || result.Error.Kind != adapters.KindConnection || !strings.Contains(strings.ToLower(result.Error.Raw), "certificate") {
				t.Errorf("without the root: %+v %+v", result.Response, result.Error)
			}
		})
	}
	t.Run("Python SDK by Config(ca)", func(t *testing.T) {
		t.Parallel()
		pythonByConfig(t, running, "with-ca.example.com", "ca="+fmt.Sprintf("%q", running.root), true)
		// Contrary to what Python's requests does by itself.
		pythonByConfig(t, running, "without-ca.example.com", "", false, "REQUESTS_CA_BUNDLE="+running.root)
	})
}

func apply(t *testing.T, c live.Client, target live.Target, domain string) adapters.Result {
	t.Helper()
	parameters := map[string]string{"SiteId": "1234567890123", "Domains": domain}
	way := simple(c, parameters)
	result, err := c.Adapter.Call(t.Context(), adapters.Request{
		ID: domain, Endpoint: target.Endpoint, AccessKeyID: way.Caller.AccessKeyID, AccessKeySecret: way.Caller.AccessKeySecret,
		Signature: way.Signature, Parameters: parameters,
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// pythonByConfig makes the call with a Config that has one more field.
func pythonByConfig(t *testing.T, daemon daemon, domain, field string, accepted bool, env ...string) {
	t.Helper()
	program := fmt.Sprintf(`
import json
from alibabacloud_esa20240910.client import Client
from alibabacloud_esa20240910.models import ApplyCertificateRequest
from alibabacloud_tea_openapi.utils_models import Config
client = Client(Config(access_key_id="testid", access_key_secret="testsecret", protocol="https", endpoint=%q, %s))
print(json.dumps(client.apply_certificate(ApplyCertificateRequest(site_id=1234567890123, domains=%q)).body.to_map()))
`, strings.TrimPrefix(daemon.Endpoint, "https://"), field, domain)
	command := exec.CommandContext(context.WithoutCancel(t.Context()), pythonAdapter(t).Path, "-c", program)
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
