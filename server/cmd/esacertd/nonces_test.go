package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/store/sqlite"
)

// storeAhead returns a store with forgotten nonces dated up to two hours from now.
func storeAhead(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "esa.db")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.DeleteExpiredNonces(t.Context(), time.Now().Add(2*time.Hour)), db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A server whose clock was ahead rejects requests and reports why. The operator
// confirms a prompt to accept requests again.
func TestLowerNonces(t *testing.T) {
	t.Parallel()
	path, conf := storeAhead(t), longTimeout(t)
	d := start(t, "--config", conf, "--store", path)
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com")); !errors.Is(err, esaerrors.UnauthorizedInvalidTime) {
		t.Fatalf("before: %v", err)
	}
	if status, out := d.readiness(t); status != http.StatusServiceUnavailable || !strings.Contains(out, "esacertd nonces lower") {
		t.Errorf("readiness: %d %s", status, out)
	}
	if n := strings.Count(d.output(), "requests are rejected for forgotten nonces"); n != 1 {
		t.Errorf("the log has the message %d times:\n%s", n, d.output())
	}
	lower := func(s streams, args ...string) (int, string) {
		var out, log bytes.Buffer
		s.out, s.err = &out, &log
		code := run(t.Context(), append([]string{"nonces", "lower", "--admin", d.ready.Admin}, args...), s)
		return code, out.String() + log.String()
	}
	if code, out := command(t, "nonces", "show", "--admin", d.ready.Admin); code != 0 || !strings.Contains(out, "every signed request is rejected until") {
		t.Errorf("show: %d %s", code, out)
	}
	if code, out := lower(streams{in: strings.NewReader("yes\n")}); code != 2 || !strings.Contains(out, "pass --yes") || !strings.Contains(out, "dated ahead") {
		t.Errorf("without a terminal: %d %s", code, out)
	}
	if code, out := lower(streams{in: strings.NewReader("no\n"), interactive: true}); code != 1 || !strings.Contains(out, "can send it again") || !strings.Contains(out, "[y/N]") {
		t.Errorf("declined: %d %s", code, out)
	}
	if status, _ := d.readiness(t); status != http.StatusServiceUnavailable {
		t.Fatalf("readiness without a confirmation: %d", status)
	}
	if code, out := lower(streams{in: strings.NewReader("yes\n"), interactive: true}); code != 0 || !strings.Contains(out, "could be sent again") {
		t.Errorf("confirmed: %d %s", code, out)
	}
	if _, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com")); err != nil {
		t.Errorf("after: %v", err)
	}
	if code, out := lower(streams{}, "--yes"); code != 1 || !strings.Contains(out, "nothing to lower") {
		t.Errorf("a second time: %d %s", code, out)
	}
	d.kill(t)
	again := start(t, "--config", conf, "--store", path)
	if status, out := again.readiness(t); status != http.StatusOK || strings.TrimSpace(out) != `{"status":"ready"}` {
		t.Errorf("after a crash: %d %s", status, out)
	}
}

func (d *daemon) readiness(t *testing.T) (status int, out string) {
	t.Helper()
	response, err := http.Get(d.ready.Admin + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil || !json.Valid(body) {
		t.Fatalf("%s, %v", body, err)
	}
	return response.StatusCode, string(body)
}

func (d *daemon) kill(t *testing.T) {
	t.Helper()
	if err := d.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-d.done
}
