package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/esacert/esacert/server/explorer"
)

func read(t *testing.T, target string) (int, string) {
	t.Helper()
	response, err := http.Get(target)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestExplorer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
	}{
		{"auto", nil},
		{"auto, said", []string{"--explorer", "auto"}},
		{"on", []string{"--explorer", "on"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := start(t, append([]string{"--store", ":memory:"}, tc.args...)...)
			if d.ready.Config != "built-in example" {
				t.Errorf("the configuration is %s", d.ready.Config)
			}
			if d.ready.Explorer != d.ready.Listen+explorer.Path {
				t.Fatalf("the ready line has %+v", d.ready)
			}
			if status, body := read(t, d.ready.Explorer); status != http.StatusOK || !strings.Contains(body, "<title>Explorer") {
				t.Errorf("the page: %d %.60s", status, body)
			}
			// The redirect of the path without its slash is followed.
			if status, body := read(t, d.ready.Listen+"/explorer?SiteId=1"); status != http.StatusOK || !strings.Contains(body, "<title>Explorer") {
				t.Errorf("without a slash: %d %.60s", status, body)
			}
			if status, body := read(t, d.ready.Explorer+"api/journal"); status != http.StatusOK || strings.TrimSpace(body) != "[]" {
				t.Errorf("the journal holds what the page was asked: %d %s", status, body)
			}
			out, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com"))
			if err != nil {
				t.Fatal(err)
			}
			if status, body := read(t, d.ready.Explorer+"api/journal?limit=5"); status != http.StatusOK || !strings.Contains(body, out.RequestID) {
				t.Errorf("the journal has no %s: %d %s", out.RequestID, status, body)
			}
			if status, body := read(t, d.ready.Explorer+"api/applications/"+out.Applications[0].ID); status != http.StatusOK || !strings.Contains(body, "www.example.com") {
				t.Errorf("the application: %d %s", status, body)
			}
			if status, _ := read(t, d.ready.Explorer+"api/metrics"); status != http.StatusNotFound {
				t.Errorf("more of the administration than is meant: %d", status)
			}
			if err := d.stop(t, syscall.SIGTERM); err != nil {
				t.Errorf("stopped with %v\n%s", err, d.log)
			}
		})
	}
}

// Without it the path is answered as any other that the gateway does not have.
func TestExplorerOff(t *testing.T) {
	t.Parallel()
	d := start(t, "--store", ":memory:", "--explorer", "off")
	if d.ready.Explorer != "" {
		t.Errorf("the ready line has %q", d.ready.Explorer)
	}
	wantStatus, other := read(t, d.ready.Listen+"/elsewhere/")
	for _, path := range []string{"/explorer", "/explorer/", "/explorer/settings.json", "/explorer/api/journal"} {
		status, body := read(t, d.ready.Listen+path)
		if status != wantStatus || status < 400 || code(t, body) != code(t, other) {
			t.Errorf("%s: %d %s, any other path: %d %s", path, status, body, wantStatus, other)
		}
	}
}

// code is the gateway's Code in an answer.
func code(t *testing.T, body string) string {
	t.Helper()
	_, rest, found := strings.Cut(body, `"Code":"`)
	if !found {
		t.Fatalf("%s has no Code", body)
	}
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

func TestExplorerSettings(t *testing.T) {
	t.Parallel()
	t.Run("built-in example", func(t *testing.T) {
		t.Parallel()
		d := start(t, "--store", ":memory:")
		_, body := read(t, d.ready.Explorer+"settings.json")
		for _, want := range []string{`"data":true`, `"accessKeyId":"testid"`, `"accessKeySecret":"testsecret"`, `"SiteNotFound":"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s has no %s", body, want)
			}
		}
		if strings.Contains(body, "disabled-secret") || strings.Contains(body, "allowed-secret") {
			t.Errorf("more than the first key: %s", body)
		}
	})
	t.Run("configuration file", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "esacertd.yaml")
		text := strings.Replace(fmt.Sprintf(oneSite, 7), "{id: testid, secret: testsecret}", "{id: ownid, secret: of-this-file-alone}", 1)
		if !strings.Contains(text, "of-this-file-alone") {
			t.Fatal("the file has no secret to hide")
		}
		writeFile(t, path, text)
		d := start(t, "--store", ":memory:", "--config", path)
		_, body := read(t, d.ready.Explorer+"settings.json")
		if !strings.Contains(body, `"data":true`) || strings.Contains(body, "credentials") || strings.Contains(body, "ownid") || strings.Contains(body, "of-this-file-alone") {
			t.Errorf("%s", body)
		}
		if err := d.stop(t, syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if strings.Contains(d.log.String(), "of-this-file-alone") {
			t.Errorf("the log has the secret:\n%s", d.log)
		}
	})
}
