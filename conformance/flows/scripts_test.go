package flows

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The flow of the vendor's samples, with its Node SDK: wait for the site, apply,
// delete every certificate.
func TestVendorSamples(t *testing.T) {
	t.Parallel()
	runScript(t, "node", "samples.mjs", pendingSite)
}

// The flow of a program that watches the certificates of a domain, with the vendor's
// Python SDK: apply for the domain and its subdomains unless both are covered, and
// wait.
func TestWatcher(t *testing.T) {
	t.Parallel()
	python, err := filepath.Abs(filepath.Join(root, "bin", "venv", "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	runScript(t, python, "-B", "watcher.py", "example.com")
}

// runScript starts a server and runs a script, which exits with 1 if a check of it
// fails. The script uses an SDK that `make adapters` has installed.
func runScript(t *testing.T, interpreter string, args ...string) {
	t.Helper()
	cmd := exec.Command(interpreter, args...)
	cmd.Env = append(os.Environ(), "FLOW_HOST="+startServer(t), "FLOW_KEY_ID="+keyID, "FLOW_KEY_SECRET="+keySecret)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v (if an SDK is missing, run make adapters)\n%s", err, output)
	}
}
