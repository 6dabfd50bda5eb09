package main

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
	"syscall"
)

// unlimited is a configuration in which every call can be accepted.
const unlimited = `
listen: 127.0.0.1:0
admin: off
store: ":memory:"
log_level: warn
accounts:
  - id: "1000000000000001"
    access_keys:
      - {id: testid, secret: testsecret}
    bearer_tokens:
      - {token: testtoken, expires: never}
    plans:
      - id: endless
        quotas: {lets_encrypt: unlimited}
        records: unlimited
    sites:
      - {id: 1234567890123, name: example.com, plan: endless}
`

func measureLoopback(ctx context.Context, rounds, calls int) (result comparison, err error) {
	folder, err := os.MkdirTemp("", "gobench")
	if err != nil {
		return comparison{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	endpoint, stop, err := startDaemon(ctx, folder)
	if err != nil {
		return comparison{}, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	a, err := ours(endpoint, nil)
	if err != nil {
		return comparison{}, err
	}
	b, err := vendors(endpoint, nil)
	if err != nil {
		return comparison{}, err
	}
	return compare(ctx, rounds, calls, a, b, bare(endpoint))
}

// startDaemon builds the daemon in the root module, since what it depends on is
// not for this one, and starts it.
func startDaemon(ctx context.Context, folder string) (endpoint string, stop func() error, err error) {
	binary, config := filepath.Join(folder, "esacertd"), filepath.Join(folder, "esacertd.yaml")
	if err := os.WriteFile(config, []byte(unlimited), 0o600); err != nil {
		return "", nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./server/cmd/esacertd") //nolint:gosec // the folder is our own
	build.Dir = filepath.Join("..", "..", "..")
	if output, err := build.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("build the daemon (is this run in its own folder?): %w\n%s", err, output)
	}
	var log bytes.Buffer
	daemon := exec.CommandContext(ctx, binary, "--config", config) //nolint:gosec // just built
	daemon.Stderr = &log
	stdout, err := daemon.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := daemon.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error {
		return errors.Join(daemon.Process.Signal(syscall.SIGTERM), daemon.Wait())
	}
	var ready struct{ Listen string }
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("the daemon did not get ready: %w", err), stop(), errors.New(log.String()))
	}
	return ready.Listen, stop, nil
}
