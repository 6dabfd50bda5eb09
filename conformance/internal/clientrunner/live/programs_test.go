//go:build interop

package live_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner/live"
	"github.com/esacert/esacert/conformance/internal/process"
)

// client is a client under test that is not yet running.
type client struct {
	name    string
	command process.Command
	lacks   func(adapters.Request) string
	known   []live.Known
}

// clients builds the adapters. What is missing fails the test, and says so.
func clients(t *testing.T) []client {
	t.Helper()
	return []client{
		{name: "our SDK", command: process.Command{Path: build(t, "../../../adapters/gosdk")}, lacks: sdkLacks},
		{name: "Go core", command: process.Command{Path: build(t, "../../../adapters/gocore")}, known: []live.Known{
			{Situation: "failure: empty", Reason: "an empty error becomes a refusal with the code <nil>"},
		}},
		{name: "Node SDK", command: nodeAdapter(t)},
		{name: "legacy Go SDK", command: process.Command{Path: build(t, "../../../adapters/golegacy")}, lacks: legacyLacks, known: []live.Known{
			{Situation: "failure: html", Reason: "the page of a proxy becomes a refusal without a code"},
			{Situation: "failure: empty", Reason: "an empty error becomes a refusal without a code"},
			{Situation: "failure: code is a number", Reason: "it panics"},
			{Situation: "failure: no keys", Reason: "it signs with an empty key and sends"},
		}},
		{name: "Python SDK", command: pythonAdapter(t)},
	}
}

// sdkLacks says what our SDK leaves out on purpose: it is typed, and sends what
// the documented page has, in the query.
func sdkLacks(request adapters.Request) string {
	_, hasSite := request.Parameters["SiteId"]
	_, hasDomains := request.Parameters["Domains"]
	_, hasNote := request.Parameters["Note"]
	switch {
	case request.Placement == adapters.PlacementForm:
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

// legacyLacks says what the vendor's legacy Go SDK is too old for.
func legacyLacks(request adapters.Request) string {
	if request.Signature != adapters.SignatureHMACSHA1 {
		return "signs by hmac-sha1 alone"
	}
	return ""
}

// build makes the command in a folder, which may be a module of its own.
func build(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(folder))
	run(t, exec.CommandContext(t.Context(), "go", "-C", folder, "build", "-o", binary, "."))
	return binary
}

func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, output)
	}
}

func nodeAdapter(t *testing.T) process.Command {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("Node.js is missing, which the vendor's Node SDK needs: %v", err)
	}
	if _, err := os.Stat("../../../adapters/node/node_modules/@alicloud/esa20240910"); errors.Is(err, os.ErrNotExist) {
		t.Fatal("the vendor's Node SDK is not installed: run npm ci in conformance/adapters/node")
	}
	return process.Command{Path: node, Args: []string{"adapter.mjs"}, Dir: "../../../adapters/node"}
}

// pythonVariable names a Python interpreter that has the vendor's Python SDK.
const pythonVariable = "ESACERT_INTEROP_PYTHON"

func pythonAdapter(t *testing.T) process.Command {
	t.Helper()
	python := os.Getenv(pythonVariable)
	if python == "" {
		python = "../../../../bin/venv/bin/python"
	}
	python, err := filepath.Abs(python)
	if err == nil {
		err = exec.CommandContext(t.Context(), python, "-c", "import alibabacloud_esa20240910").Run()
	}
	if err != nil {
		t.Fatalf("the vendor's Python SDK is not installed (see conformance/adapters/README.md): %v", err)
	}
	return process.Command{Path: python, Args: []string{"-B", "adapter.py"}, Dir: "../../../adapters/python"}
}

// start runs the client, without the proxies that the environment may name, and
// with the variables given.
func (c client) start(t *testing.T, env ...string) live.Client {
	t.Helper()
	command := c.command
	command.Env = append(environment(), env...)
	program, err := process.Start(context.WithoutCancel(t.Context()), command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := program.Close(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	})
	return live.Client{Name: c.name, Adapter: program, Unsupported: c.lacks, Known: c.known}
}

// environment is what the programs see: no proxy, no settings of the vendor's
// clients, none of the server.
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

// startDaemon serves the built-in example, with nothing stored yet, until the
// test ends.
func startDaemon(t *testing.T, binary string) live.Target {
	t.Helper()
	return startDaemonWith(t, binary, nil).Target
}

// daemon is a running server.
type daemon struct {
	live.Target
	root string // path of its HTTPS root; "" for none
}

// startDaemonWith does so with more variables and arguments.
func startDaemonWith(t *testing.T, binary string, env []string, args ...string) daemon {
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
			t.Logf("esacertd said:\n%s", &log)
		}
	})
	var ready struct{ Listen, Admin, Root string }
	line, err := firstLine(stdout, 20*time.Second)
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.Listen == "" || ready.Admin == "" {
		t.Fatalf("esacertd did not get ready: %q, %v", line, err)
	}
	return daemon{live.Target{Endpoint: ready.Listen, Journal: live.HTTPJournal(ready.Admin)}, ready.Root}
}

func stop(cmd *exec.Cmd) error {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	killed := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() }) // Wait then reports it
	defer killed.Stop()
	return cmd.Wait()
}

// firstLine reads a line, or gives up.
func firstLine(from interface{ Read([]byte) (int, error) }, patience time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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
