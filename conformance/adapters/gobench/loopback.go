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

// unlimited is a configuration of esacertd that accepts every call.
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

// measureLoopback compares the clients and a bare request against esacertd.
func measureLoopback(ctx context.Context, rounds, calls int) (result comparison, err error) {
	dir, err := os.MkdirTemp("", "gobench")
	if err != nil {
		return comparison{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	endpoint, stop, err := startDaemon(ctx, dir)
	if err != nil {
		return comparison{}, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	sdk, err := newSDK(endpoint, nil)
	if err != nil {
		return comparison{}, err
	}
	core, err := newCore(endpoint, nil)
	if err != nil {
		return comparison{}, err
	}
	return compare(ctx, rounds, calls, sdk, core, newBare(endpoint))
}

// startDaemon builds and starts esacertd. It builds it in the root module, so that this
// module does not need the dependencies.
func startDaemon(ctx context.Context, dir string) (endpoint string, stop func() error, err error) {
	binary, config := filepath.Join(dir, "esacertd"), filepath.Join(dir, "esacertd.yaml")
	if err := os.WriteFile(config, []byte(unlimited), 0o600); err != nil {
		return "", nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./server/cmd/esacertd") //nolint:gosec // the directory is temporary
	build.Dir = filepath.Join("..", "..", "..")
	if output, err := build.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("build esacertd: %w; run gobench in its own directory\n%s", err, output)
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
		return "", nil, errors.Join(fmt.Errorf("start esacertd: read ready line: %w", err), stop(), errors.New(log.String()))
	}
	return ready.Listen, stop, nil
}
