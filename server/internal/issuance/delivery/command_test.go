//go:build unix

package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/delivery"
)

// mustCommand returns a deliverer that runs the command.
func mustCommand(t testing.TB, c delivery.Command) issuance.Deliverer {
	t.Helper()
	command, err := delivery.NewCommand(c)
	if err != nil {
		t.Fatal(err)
	}
	return command
}

// shell returns the command line of a shell script with an argument.
func shell(script, argument string) []string {
	return []string{"/bin/sh", "-c", script, "sh", argument}
}

func TestCommand(t *testing.T) {
	t.Setenv("ESACERTD_SECRET", "not for hooks")
	out, temporary := t.TempDir(), t.TempDir()
	script := `env | sort >"$1/env" && cp "$ESACERT_KEY_FILE" "$1/key" && cp "$ESACERT_CHAIN_FILE" "$1/chain" &&
		stat -c %a "$ESACERT_KEY_FILE" "$ESACERT_CHAIN_FILE" "$(dirname "$ESACERT_KEY_FILE")" >"$1/modes"`
	command := mustCommand(t, delivery.Command{Argv: shell(script, out), Env: []string{"MINE=yes"}, TempDir: temporary})
	d := sampleDelivery("*.example.com")
	if err := command.Deliver(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	env := "\n" + read("env")
	for _, want := range []string{
		"ESACERT_DOMAIN=*.example.com", "ESACERT_APPLICATION=30000478", "ESACERT_ACCOUNT=1000000000000001",
		"ESACERT_SITE=1234567890123", "ESACERT_TYPE=lets_encrypt", "ESACERT_AUTHORITY=local", "ESACERT_SERIAL=4a11",
		"ESACERT_FINGERPRINT=abcd", "ESACERT_NOT_BEFORE=2026-11-24T12:00:00Z", "ESACERT_NOT_AFTER=2027-02-22T12:00:00Z",
		"ESACERT_RENEWALS=2", "MINE=yes", "PATH=" + os.Getenv("PATH"),
	} {
		if !strings.Contains(env, "\n"+want+"\n") {
			t.Errorf("environment does not contain %s:%s", want, env)
		}
	}
	if strings.Contains(env, "not for hooks") {
		t.Error("program inherits the environment of the daemon")
	}
	if read("key") != string(d.Key) || read("chain") != string(d.Certificate.Chain) {
		t.Error("files do not contain the key and the chain")
	}
	if got := read("modes"); got != "600\n600\n700\n" {
		t.Errorf("got modes %q", got)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("got temporary files %v, %v, want none", left, err)
	}
}

// TestCommandHasNoShell checks that arguments are not interpreted by a shell.
func TestCommandHasNoShell(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "$(echo x); y")
	if err := mustCommand(t, delivery.Command{Argv: []string{"touch", out}}).Deliver(t.Context(), sampleDelivery("www.example.com")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(out); err != nil {
		t.Error(err)
	}
}

func TestCommandFails(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	temporary := t.TempDir()
	command := mustCommand(t, delivery.Command{
		Argv:    shell(`echo "no room"; echo more >&2; exit 3`, ""),
		Logger:  slog.New(slog.NewTextHandler(&logged, nil)),
		TempDir: temporary,
	})
	err := command.Deliver(t.Context(), sampleDelivery("www.example.com"))
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), `it printed "no room\nmore"`) {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"application=30000478", "domain=www.example.com", `ended="exit status 3"`, `output="no room\nmore"`} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("log does not contain %s: %s", want, &logged)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("got temporary files %v, %v, want none", left, err)
	}
	silent := mustCommand(t, delivery.Command{Argv: []string{"false"}})
	if err := silent.Deliver(t.Context(), sampleDelivery("www.example.com")); err == nil || !strings.Contains(err.Error(), "it printed nothing") {
		t.Errorf("%v", err)
	}
}

// TestCommandOutputHidesKey checks that the key is removed from the output of the
// program.
func TestCommandOutputHidesKey(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"whole":       `cat "$ESACERT_KEY_FILE"; exit 1`,
		"no newlines": `tr -d '\n' <"$ESACERT_KEY_FILE"; exit 1`,
		"cut":         `head -c 4065 /dev/zero | tr '\0' x; tail -n +2 "$ESACERT_KEY_FILE"; exit 1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			command := mustCommand(t, delivery.Command{Argv: shell(script, ""), Logger: slog.New(slog.NewTextHandler(&logged, nil))})
			err := command.Deliver(t.Context(), sampleDelivery("www.example.com"))
			if err == nil || !strings.Contains(err.Error(), "***") {
				t.Errorf("%v", err)
			}
			for _, message := range []string{logged.String(), err.Error()} {
				if strings.Contains(message, keyLine[:8]) || strings.Contains(message, "lastline=") {
					t.Errorf("%s contains the key", message)
				}
			}
		})
	}
}

func TestCommandOutputIsTruncated(t *testing.T) {
	t.Parallel()
	command := mustCommand(t, delivery.Command{Argv: shell(`head -c 10000000 /dev/zero | tr '\0' x; exit 1`, "")})
	err := command.Deliver(t.Context(), sampleDelivery("www.example.com"))
	if n := strings.Count(err.Error(), "x"); n < 4096 || n > 4096+50 {
		t.Errorf("got %d bytes of the output, want 4096", n)
	}
}

func TestCommandTimeout(t *testing.T) {
	t.Parallel()
	command := mustCommand(t, delivery.Command{Argv: []string{"sleep", "100"}, Timeout: 50 * time.Millisecond})
	err := command.Deliver(t.Context(), sampleDelivery("www.example.com"))
	if err == nil || !strings.Contains(err.Error(), "took longer than 50ms") {
		t.Errorf("%v", err)
	}
}

// waitExited waits until a process has exited; it may be a zombie.
func waitExited(t *testing.T, pid string) {
	t.Helper()
	for range 2000 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond) // the kernel takes a moment
	}
	t.Errorf("process %s is still running", pid)
}

func TestCommandContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := mustCommand(t, delivery.Command{Argv: []string{"sleep", "100"}}).Deliver(ctx, sampleDelivery("www.example.com"))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// TestCommandWithChildProcess checks that child processes are killed with the
// program.
func TestCommandWithChildProcess(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	command := mustCommand(t, delivery.Command{Argv: shell(`sleep 100 & echo $! >"$1/pid"; wait`, out), Timeout: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	delivered := make(chan error, 1)
	go func() { delivered <- command.Deliver(ctx, sampleDelivery("www.example.com")) }()
	pid := written(t, filepath.Join(out, "pid"))
	cancel()
	if err := <-delivered; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	waitExited(t, pid)
}

// written waits for a line in a file.
func written(t *testing.T, path string) string {
	t.Helper()
	for range 2000 {
		if content, _ := os.ReadFile(path); bytes.HasSuffix(content, []byte("\n")) {
			return strings.TrimSpace(string(content))
		}
		time.Sleep(10 * time.Millisecond) // written by another process
	}
	t.Fatalf("timeout waiting for a line in %s", path)
	return ""
}

func TestNewCommandErrors(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]delivery.Command{
		"command is empty":             {},
		"not found":                    {Argv: []string{"no-such-program-here"}},
		"want NAME=value":              {Argv: []string{"true"}, Env: []string{"SECRET"}},
		"must not be negative":         {Argv: []string{"true"}, Timeout: -1},
		"no such file or directory":    {Argv: []string{"/no/such/program"}},
		"invalid environment variable": {Argv: []string{"true"}, Env: []string{"=x"}},
	} {
		_, err := delivery.NewCommand(c)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	gone := mustCommand(t, delivery.Command{Argv: []string{"true"}, TempDir: filepath.Join(t.TempDir(), "none")})
	if err := gone.Deliver(t.Context(), sampleDelivery("www.example.com")); err == nil || !strings.Contains(err.Error(), "create folder for the command") {
		t.Errorf("missing temporary directory: got %v", err)
	}
}
