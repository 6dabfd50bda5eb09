package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/esacert/esacert/server/internal/explorer"
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

// browser is an HTTP client that keeps cookies.
type browser struct{ http.Client }

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{http.Client{Jar: jar}}
}

func (b *browser) read(t *testing.T, target string, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(response.Request.URL.String(), "token") {
		t.Errorf("the browser ends at %s", response.Request.URL)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// Behind a reverse proxy on this machine, the page is public, but the log and
// the applications are not, whatever host the proxy sends.
func TestExplorerBehindAProxy(t *testing.T) {
	t.Parallel()
	d := start(t, "--store", ":memory:", "--log-level", "debug")
	out, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com"))
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(d.ready.Listen)
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(d.ready.Explorer, "?token=")
	for name, rewrite := range map[string]func(*httputil.ProxyRequest){
		"host of the upstream": func(r *httputil.ProxyRequest) { r.SetURL(target) },
		"host of the caller":   func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		"forwarded":            func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() },
	} {
		t.Run(name, func(t *testing.T) {
			front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: rewrite})
			t.Cleanup(front.Close)
			stranger, owner := newBrowser(t), newBrowser(t)
			if status, body := stranger.read(t, front.URL+"/explorer/"); status != http.StatusOK || !strings.Contains(body, "<title>Explorer") {
				t.Errorf("the page: %d %.60s", status, body)
			}
			stranger.read(t, front.URL+"/explorer/?token=GUESSED")
			for _, path := range []string{"journal", "applications", "applications/" + out.Applications[0].ID, "applications/" + out.Applications[0].ID + "/chain"} {
				status, body := stranger.read(t, front.URL+"/explorer/api/"+path)
				if status != http.StatusUnauthorized || !strings.Contains(body, "that the server printed") || strings.Contains(body, "www.example.com") || strings.Contains(body, token) {
					t.Errorf("%s without the token: %d %s", path, status, body)
				}
			}
			if _, body := stranger.read(t, front.URL+"/explorer/settings.json"); !strings.Contains(body, `"data":false,"locked":true`) {
				t.Errorf("settings: %s", body)
			}
			owner.read(t, front.URL+"/explorer/?token="+token)
			if status, body := owner.read(t, front.URL+"/explorer/api/journal"); status != http.StatusOK || !strings.Contains(body, out.RequestID) {
				t.Errorf("with the token: %d %s", status, body)
			}
		})
	}
	var entries []map[string]any
	d.get(t, "/journal", &entries)
	if content := fmt.Sprint(entries, metrics(t, d)); strings.Contains(content, token) {
		t.Errorf("the journal or the metrics contain the token: %s", content)
	}
	if err := d.stop(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if strings.Contains(d.log.String(), token) {
		t.Errorf("the log has the token:\n%s", d.log)
	}
}

func TestExplorer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
	}{
		{"auto", nil},
		{"explicit auto", []string{"--explorer", "auto"}},
		{"on", []string{"--explorer", "on"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := start(t, append([]string{"--store", ":memory:"}, tc.args...)...)
			if d.ready.Config != "built-in example" {
				t.Errorf("the configuration is %s", d.ready.Config)
			}
			page, token, _ := strings.Cut(d.ready.Explorer, "?token=")
			if page != d.ready.Listen+explorer.Path || len(token) < 26 {
				t.Fatalf("the ready line has %+v", d.ready)
			}
			b := newBrowser(t)
			if status, body := b.read(t, d.ready.Explorer); status != http.StatusOK || !strings.Contains(body, "<title>Explorer") {
				t.Errorf("the page: %d %.60s", status, body)
			}
			// The client follows the redirect from the path without the slash.
			if status, body := read(t, d.ready.Listen+"/explorer?SiteId=1"); status != http.StatusOK || !strings.Contains(body, "<title>Explorer") {
				t.Errorf("without a slash: %d %.60s", status, body)
			}
			if status, body := b.read(t, page+"api/journal"); status != http.StatusOK || strings.TrimSpace(body) != "[]" {
				t.Errorf("the journal contains the requests of the page: %d %s", status, body)
			}
			out, err := d.client(t).ApplyCertificate(t.Context(), input("www.example.com"))
			if err != nil {
				t.Fatal(err)
			}
			if status, body := b.read(t, page+"api/journal?limit=5"); status != http.StatusOK || !strings.Contains(body, out.RequestID) {
				t.Errorf("the journal has no %s: %d %s", out.RequestID, status, body)
			}
			if status, body := b.read(t, page+"api/applications/"+out.Applications[0].ID); status != http.StatusOK || !strings.Contains(body, "www.example.com") {
				t.Errorf("the application: %d %s", status, body)
			}
			if status, _ := b.read(t, page+"api/metrics"); status != http.StatusNotFound {
				t.Errorf("more of the admin API than is meant: %d", status)
			}
			for _, header := range []string{"cross-site", "same-site"} {
				if status, body := b.read(t, page+"api/journal", "Sec-Fetch-Site", header); status != http.StatusForbidden || strings.Contains(body, out.RequestID) {
					t.Errorf("a page that is %s: %d %s", header, status, body)
				}
			}
			if err := d.stop(t, syscall.SIGTERM); err != nil {
				t.Errorf("stopped with %v\n%s", err, d.log)
			}
			if log := d.log.String(); strings.Contains(log, token) || !strings.Contains(log, `"explorer":"`+page+`"`) {
				t.Errorf("the log has the token, or no address:\n%s", log)
			}
		})
	}
}

// Without the explorer, the response is that of any path unknown to the gateway.
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

// code is the gateway's Code in a response.
func code(t *testing.T, body string) string {
	t.Helper()
	_, rest, found := strings.Cut(body, `"Code":"`)
	if !found {
		t.Fatalf("%s has no Code", body)
	}
	content, _, _ := strings.Cut(rest, `"`)
	return content
}

func TestExplorerSettings(t *testing.T) {
	t.Parallel()
	t.Run("built-in example", func(t *testing.T) {
		t.Parallel()
		d := start(t, "--store", ":memory:")
		b := newBrowser(t)
		b.read(t, d.ready.Explorer)
		_, body := b.read(t, d.ready.Listen+"/explorer/settings.json")
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
		content := strings.Replace(fmt.Sprintf(oneSite, 7), "{id: testid, secret: testsecret}", "{id: ownid, secret: of-this-file-alone}", 1)
		if !strings.Contains(content, "of-this-file-alone") {
			t.Fatal("the file has no secret to hide")
		}
		writeFile(t, path, content)
		d := start(t, "--store", ":memory:", "--config", path)
		b := newBrowser(t)
		b.read(t, d.ready.Explorer)
		_, body := b.read(t, d.ready.Listen+"/explorer/settings.json")
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
