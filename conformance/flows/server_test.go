package flows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The key and the sites of testdata/esacertd.yaml.
const (
	version     = "2024-09-10" // of the API
	keyID       = "flow-id"
	keySecret   = "flow-secret"
	siteID      = "1234567890123" // example.com
	longSiteID  = "9007199254740993"
	pendingSite = "1234567890125"
)

// patience limits how long a flow waits for a certificate.
const patience = 30 * time.Second

const root = "../.." // of the project

var program string // path of esacertd

func TestMain(m *testing.M) {
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// build builds esacertd and runs the tests.
func build(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "flows")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "esacertd")
	cmd := exec.Command("go", "build", "-o", program, "./server/cmd/esacertd")
	cmd.Dir = root
	if output, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build esacertd: %w\n%s", err, output)
	}
	return m.Run(), nil
}

// startServer starts esacertd on a free port of the loopback, and stops it when the
// test ends. It returns the host and port of the API.
func startServer(t *testing.T) (host string) {
	t.Helper()
	cmd := exec.Command(program, "serve", "--config", "testdata/esacertd.yaml", "--listen", "127.0.0.1:0", "--admin", "off")
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have exited already
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("esacertd: %v\n%s", err, &log)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("read ready line: %v", err)
	}
	var ready struct{ Listen string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatalf("ready line %s: %v", line, err)
	}
	return strings.TrimPrefix(ready.Listen, "http://")
}

// poll calls done until it returns true.
func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not reached within %s", what, patience)
		}
	}
}
