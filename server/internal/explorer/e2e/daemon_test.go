package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/server/internal/explorer"
	"github.com/esacert/esacert/server/servertest"
)

const root = "../../../.." // of the project

// program builds esacertd once, and returns its path.
var program = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs(filepath.Join(output, "esacertd"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", path, "./server/cmd/esacertd")
	cmd.Dir = root
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build esacertd: %w\n%s", err, output)
	}
	return path, nil
})

// daemon is a running esacertd.
type daemon struct {
	Listen, Admin, Explorer string
	process                 *exec.Cmd
	stopped                 sync.Once
}

// start runs esacertd on free ports, by default with the built-in example, and
// stops it when the test ends.
func start(t *testing.T, args ...string) *daemon {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{process: exec.Command(path, append([]string{"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, args...)...)}
	var log bytes.Buffer
	d.process.Stderr = &log
	out, err := d.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		d.stop()
		t.Fatalf("no ready line: %v\n%s", err, &log)
	}
	if err := json.Unmarshal(line, d); err != nil {
		t.Fatalf("ready line %s: %v", line, err)
	}
	return d
}

// stop ends the server; ports are free when it returns.
func (d *daemon) stop() {
	d.stopped.Do(func() {
		_ = d.process.Process.Signal(syscall.SIGTERM) // it may have exited already
		timer := time.AfterFunc(10*time.Second, func() { _ = d.process.Process.Kill() })
		defer timer.Stop()
		_ = d.process.Wait() // other tests check how it exits
	})
}

// address returns the listen address of the API, as host:port.
func (d *daemon) address() string { return strings.TrimPrefix(d.Listen, "http://") }

// page returns the address of the explorer from the ready line, with a query
// added for the view.
func (d *daemon) page(query string) string { return d.Explorer + "&" + query }

// behind returns the address of the explorer at a proxy in front of the server.
func (d *daemon) behind(proxy string) string {
	return proxy + strings.TrimPrefix(d.Explorer, d.Listen)
}

// locked returns the address of the explorer without the token.
func (d *daemon) locked() string { return d.Listen + explorer.Path }

// journal returns the last entry of the journal.
func (d *daemon) journal(t *testing.T) map[string]any {
	t.Helper()
	var entries []map[string]any
	if err := json.Unmarshal(fetch(t, d.Admin+"/journal?limit=1"), &entries); err != nil || len(entries) != 1 {
		t.Fatalf("journal: %v %v", entries, err)
	}
	return entries[0]
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", url, response.StatusCode, body, err)
	}
	return body
}

// output is the directory for files that a developer may inspect.
var output = filepath.Join(root, "bin", "explorer")

func TestMain(m *testing.M) {
	// Screenshots of an earlier run could be mistaken for new ones.
	old, _ := filepath.Glob(filepath.Join(output, "*.png")) // the pattern is valid
	for _, picture := range old {
		_ = os.Remove(picture)
	}
	if err := os.MkdirAll(output, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	closeBrowser()
	os.Exit(code)
}

// post sends an unsigned call.
func post(listen string) error {
	response, err := http.Post(listen+"/", "", nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// apply sends an accepted call through the SDK.
func apply(t *testing.T, d *daemon, domain string) {
	t.Helper()
	c, err := client.New(client.WithEndpoint(d.Listen), client.WithCredentials(client.StaticCredentials(servertest.AccessKeyID, servertest.AccessKeySecret)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: []string{domain}}); err != nil {
		t.Fatal(err)
	}
}
