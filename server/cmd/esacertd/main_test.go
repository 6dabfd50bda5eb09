package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/config"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"esacertd": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// daemon is a running esacertd.
type daemon struct {
	ready   ready
	process *exec.Cmd
	log     *logText
	done    chan error
}

// logText is a log that can be read while it is being written.
type logText struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (d *daemon) output() string { return d.log.String() }

// start runs esacertd on free ports and waits for its ready line.
func start(t *testing.T, args ...string) *daemon {
	t.Helper()
	return startWith(t, nil, args...)
}

// startWith is start with additional environment variables.
func startWith(t *testing.T, env []string, args ...string) *daemon {
	t.Helper()
	return startCommand(t, env, []string{"esacertd"}, args...)
}

// startCommand runs esacertd through a command that adds the arguments.
func startCommand(t *testing.T, env, command []string, args ...string) *daemon {
	t.Helper()
	d := &daemon{log: &logText{}, done: make(chan error, 1)}
	d.process = exec.Command(command[0], slices.Concat(command[1:], []string{"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, args)...)
	d.process.Env = append(os.Environ(), env...)
	d.process.Stderr = d.log
	out, err := d.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.process.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	line, readErr := bufio.NewReader(out).ReadBytes('\n')
	go func() {
		_, _ = io.Copy(io.Discard, out) // nothing more is printed; EOF arrives when the process exits
		d.done <- d.process.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		_ = d.process.Process.Kill() // it may have exited already
		<-exited
	})
	if readErr != nil {
		t.Fatalf("no ready line: %v; %v\n%s", readErr, <-d.done, d.log)
	}
	if err := json.Unmarshal(line, &d.ready); err != nil {
		t.Fatalf("ready line %q: %v", line, err)
	}
	return d
}

// longTimeout returns a file with the example as configuration, in which applications stay
// Applying for a day.
func longTimeout(t *testing.T) string {
	t.Helper()
	example := string(config.Example())
	content := strings.Replace(example, "delay: 5s", "delay: 24h", 1)
	if content == example {
		t.Fatal("the example has no delay of 5s")
	}
	path := filepath.Join(t.TempDir(), "patient.yaml")
	writeFile(t, path, content)
	return path
}

// stop sends a signal and waits for the exit.
func (d *daemon) stop(t *testing.T, s os.Signal) error {
	t.Helper()
	if err := d.process.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-d.done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("esacertd did not stop")
		return nil
	}
}

func (d *daemon) client(t *testing.T, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(append([]client.Option{
		client.WithEndpoint(d.ready.Listen), client.WithoutRetry(), client.WithCredentials(client.StaticCredentials("testid", "testsecret")),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *daemon) get(t *testing.T, path string, into any) {
	t.Helper()
	response, err := http.Get(d.ready.Admin + path)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", path, response.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v: %s", path, err, body)
	}
}

func input(domains ...string) client.ApplyCertificateInput {
	return client.ApplyCertificateInput{SiteID: 1234567890123, Domains: domains}
}

func TestServeAndStop(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			db := filepath.Join(t.TempDir(), "esa.db")
			conf := longTimeout(t)
			d := start(t, "--store", db, "--config", conf)
			if d.ready.Event != "ready" || d.ready.PID != d.process.Process.Pid || d.ready.Store != db || d.ready.Config != conf {
				t.Errorf("ready line is %+v", d.ready)
			}
			out, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com"))
			if err != nil || out.Applications[0].ID != "30000478" {
				t.Fatalf("%+v %v", out, err)
			}
			if err := d.stop(t, signal); err != nil {
				t.Errorf("stopped with %v\n%s", err, d.log)
			}
			for line := range strings.Lines(d.log.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("a line of the log is not JSON: %s", line)
				}
			}
			again := start(t, "--store", db, "--config", conf)
			if _, err := again.client(t).ApplyCertificate(t.Context(), input("www.example.com")); !errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted) {
				t.Errorf("after the restart: %v", err)
			}
		})
	}
}

// A request in flight when the signal arrives still gets a response.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	d := start(t)
	body, feed := io.Pipe()
	r, err := http.NewRequest(http.MethodPost, d.ready.Listen+"/?SiteId=1", body)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			err = response.Body.Close()
			if response.StatusCode != http.StatusBadRequest {
				err = fmt.Errorf("status %d", response.StatusCode)
			}
		}
		done <- err
	}()
	if _, err := feed.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return strings.Contains(metrics(t, d), "esacert_requests_in_flight 1") })
	if err := d.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("request in flight: %v", err)
	}
	if err := <-d.done; err != nil {
		t.Errorf("stopped with %v\n%s", err, d.log)
	}
}

func metrics(t *testing.T, d *daemon) string {
	t.Helper()
	response, err := http.Get(d.ready.Admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in time")
		}
		time.Sleep(5 * time.Millisecond) // polls another process
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

const oneSite = `
log_level: debug
accounts:
  - id: "1"
    access_keys: [{id: testid, secret: testsecret}]
    plans: [{id: p, quotas: {lets_encrypt: 10}}]
    sites: [{id: %d, name: example.com, plan: p}]
`

func TestReloadBySignal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "esacertd.yaml")
	write := func(content string) { writeFile(t, path, content) }
	write(fmt.Sprintf(oneSite, 7))
	d := start(t, "--config", path, "--store", ":memory:")
	c := d.client(t)
	apply := func() error {
		_, err := c.ApplyCertificate(t.Context(), input("www.example.com"))
		return err
	}
	if err := apply(); !errors.Is(err, esaerrors.SiteNotFound) {
		t.Fatal(err)
	}
	write("accounts: [")
	if err := d.process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	var reload struct{ Error string }
	response, err := http.Post(d.ready.Admin+"/reload", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(json.NewDecoder(response.Body).Decode(&reload), response.Body.Close()); err != nil || !strings.Contains(reload.Error, "esacertd.yaml:1:") {
		t.Errorf("reload of an invalid file: %q, %v", reload.Error, err)
	}
	if err := apply(); !errors.Is(err, esaerrors.SiteNotFound) {
		t.Errorf("after a broken file the old one is not in force: %v", err)
	}
	write(fmt.Sprintf(oneSite, 1234567890123))
	if err := d.process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return apply() == nil })
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// A reload lists the changes that need a restart, including those of earlier
// reloads, and none after the file is restored. A setting from a flag is not
// changed by the file.
func TestReloadNamesWhatNeedsARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "esacertd.yaml")
	before := fmt.Sprintf(oneSite, 7)
	writeFile(t, path, before)
	d := start(t, "--config", path, "--store", ":memory:")
	reload := func(content string) string {
		writeFile(t, path, content)
		response, err := http.Post(d.ready.Admin+"/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(body))
	}
	changed := before + "admin: 127.0.0.1:1\njournal: {capacity: 5}\nissuing: {key_type: ecdsa-p256}\n"
	const want = `{"status":"reloaded","need_restart":["journal.capacity","issuing.key_type"]}`
	if got := reload(changed); got != want {
		t.Errorf("changed: %s, want %s", got, want)
	}
	if got := reload(changed + "host_id: mine\n"); got != want {
		t.Errorf("changed once more: %s, want %s", got, want)
	}
	if got := reload(before); got != `{"status":"reloaded"}` {
		t.Errorf("as before: %s", got)
	}
	writeFile(t, path, changed)
	if err := d.process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	const line = `"level":"WARN","msg":"reloaded except for changes that need a restart","need_restart":["journal.capacity","issuing.key_type"]`
	waitFor(t, func() bool { return strings.Count(d.output(), line) == 3 })
}

// A store can be open in only one process.
func TestTwoDaemonsOnOneStore(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "esa.db")
	first := start(t, "--store", db)
	var out, log bytes.Buffer
	code := run(context.Background(), []string{"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", db}, streams{out: &out, err: &log})
	if code != 1 || out.Len() != 0 || !strings.Contains(log.String(), db) {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, &out, &log)
	}
	if err := first.stop(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

func TestApplicationsList(t *testing.T) {
	t.Parallel()
	d := start(t, "--config", longTimeout(t))
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com", "*.example.com")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"table", nil, 0, "30000479  1234567890123  lets_encrypt  Applying  20"},
		{"JSON", []string{"--output", "json"}, 0, `"id":"30000478"`},
		{"after", []string{"--after", "30000479", "--output", "json"}, 0, "[]"},
		{"status", []string{"--status", "Applying"}, 0, "www.example.com"},
		{"status in lower case", []string{"--status", "applying"}, 2, `--status: "applying" is not a status: want exactly Applying, Issued, Failed or Canceled`},
		{"unknown status", []string{"--status=bogus", "--output=json"}, 2, "want exactly Applying, Issued, Failed or Canceled"},
		{"a limit that makes no sense", []string{"--limit=-1"}, 2, "--limit, --after and --site-id must not be negative"},
		{"no server", []string{"--admin", "http://127.0.0.1:1"}, 1, "connection refused; check that esacertd is running and that --admin (or ESACERTD_ADMIN_URL) is"},
		{"no scheme", []string{"--admin", strings.TrimPrefix(d.ready.Admin, "http://")}, 0, "www.example.com"},
		{"no URL", []string{"--admin", "ftp://127.0.0.1"}, 2, `--admin (or ESACERTD_ADMIN_URL): "ftp://127.0.0.1" is not a URL: want http://host:port`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, log bytes.Buffer
			code := run(t.Context(), append([]string{"applications", "list", "--admin", d.ready.Admin}, tc.args...), streams{out: &out, err: &log})
			if all := out.String() + log.String(); code != tc.code || !strings.Contains(all, tc.want) {
				t.Errorf("exit code %d\n%s", code, all)
			}
		})
	}
}
