//go:build e2e

package samplestest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// limit is the maximum run time of a sample, including compilation.
const limit = 3 * time.Minute

// repository is the root directory of this project.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// tool finds a program, or fails the test with an install hint.
func tool(t *testing.T, name, remedy string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: %s (%v)", name, remedy, err)
	}
	return path
}

// need fails the test with a hint if a file does not exist.
func need(t *testing.T, path, remedy string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s: %v", remedy, err)
	}
	return path
}

// output is the output and exit code of a program.
type output struct {
	stdout, stderr string
	code           int
}

// execute runs lines of a shell in a directory, with a directory of programs
// first in PATH; the secret is typed in. A nonzero exit code is returned; if
// nothing could be run, the test fails.
func execute(t *testing.T, folder, programs, shell, lines string) output {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, tool(t, shell, "install it"), "-c", lines)
	command.Dir = folder
	command.Env = append(environment(), "PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1")
	command.Stdin = strings.NewReader("testsecret\n")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("%s: %v %v\n%s", lines, err, context.Cause(ctx), stderr.String())
	}
	return output{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// environment returns this process's environment without proxies and credentials.
func environment() []string {
	var kept []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToLower(pair), "=")
		if !strings.HasSuffix(name, "_proxy") && !strings.HasPrefix(name, "alibaba_cloud_") {
			kept = append(kept, pair)
		}
	}
	return kept
}

// goRun runs the go command and fails the test on an error. Modules may be
// fetched through the proxies in the environment.
func goRun(t *testing.T, folder string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), tool(t, "go", "install Go"), args...)
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
	}
}

func write(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(data))
}

func link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Symlink(from, to); err != nil {
		t.Fatal(err)
	}
}
