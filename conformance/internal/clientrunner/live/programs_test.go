//go:build interop

package live_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	protocol "github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
)

// adapters returns the clients of clients.yaml. The test fails if one is not installed.
func adapters(t *testing.T) []clientrunner.Adapter {
	t.Helper()
	all, err := clientrunner.ReadAdapters("../../../adapters/clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, adapter := range all {
		if err := adapter.CheckStartable(); err != nil {
			t.Fatalf("%v; run 'make adapters'", err)
		}
	}
	return all
}

// open opens a session with the client, with the given variables in its environment.
func open(t *testing.T, adapter clientrunner.Adapter, env ...string) live.Client {
	t.Helper()
	adapter.Command.Env = append(environment(), env...)
	session, err := clientrunner.Open(context.WithoutCancel(t.Context()), adapter.Subject(), clientrunner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	return live.Client{Session: session, Unsupported: map[string]func(protocol.Request) string{
		"gosdk": sdkUnsupported, "golegacy": legacyUnsupported,
	}[adapter.Name]}
}

// sdkUnsupported returns why our SDK cannot make a call: it is typed, and sends the
// documented parameters in the query.
func sdkUnsupported(request protocol.Request) string {
	_, hasSite := request.Parameters["SiteId"]
	_, hasDomains := request.Parameters["Domains"]
	_, hasNote := request.Parameters["Note"]
	switch {
	case request.Placement == protocol.PlacementForm:
		return "no form body"
	case !hasSite || !hasDomains:
		return "SiteId and Domains are always sent"
	case hasNote:
		return "no unknown parameters"
	case strings.Trim(request.Parameters["SiteId"], "0123456789") != "":
		return "SiteId is a number"
	}
	return ""
}

// legacyUnsupported returns why the vendor's legacy Go SDK cannot make a call.
func legacyUnsupported(request protocol.Request) string {
	if request.Signature != protocol.SignatureHMACSHA1 {
		return "signs with hmac-sha1 only"
	}
	return ""
}

// build builds the command in a directory.
func build(t *testing.T, dir string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(dir))
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, dir).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", dir, err, output)
	}
	return binary
}

// environment returns the environment of the programs: without proxies, and without
// settings of the vendor's clients and of the server.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case strings.HasSuffix(strings.ToUpper(name), "_PROXY"):
		case strings.HasPrefix(name, "ALIBABA_CLOUD_"), strings.HasPrefix(name, "ESACERTD_"):
		case name == "SSL_CERT_FILE", name == "SSL_CERT_DIR", name == "NODE_EXTRA_CA_CERTS", name == "REQUESTS_CA_BUNDLE", name == "CURL_CA_BUNDLE":
		default:
			kept = append(kept, variable)
		}
	}
	return kept
}

// daemon is a running server.
type daemon struct {
	live.Target
	root string // path of the HTTPS root; "" without HTTPS
}

// startDaemon starts a server with the built-in example and an empty store, with
// further variables and arguments.
func startDaemon(t *testing.T, binary string, env []string, args ...string) daemon {
	t.Helper()
	args = append([]string{"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", ":memory:", "--log-level", "warn"}, args...)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, args...)
	var log bytes.Buffer
	cmd.Env, cmd.Stderr = append(environment(), env...), &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(cmd); err != nil {
			t.Errorf("esacertd: %v", err)
		}
		if t.Failed() {
			t.Logf("log of esacertd:\n%s", &log)
		}
	})
	var ready struct{ Listen, Admin, Root string }
	line, err := firstLine(stdout, 20*time.Second)
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.Listen == "" || ready.Admin == "" {
		t.Fatalf("start esacertd: first line %q, %v", line, err)
	}
	return daemon{live.Target{Endpoint: ready.Listen, Journal: live.HTTPJournal(ready.Admin)}, ready.Root}
}

func stop(cmd *exec.Cmd) error {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	killed := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() }) // Wait reports it
	defer killed.Stop()
	return cmd.Wait()
}

// firstLine reads a line within the timeout.
func firstLine(from interface{ Read([]byte) (int, error) }, timeout time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	type read struct {
		line []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := bufio.NewReader(from).ReadBytes('\n')
		done <- read{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
