//go:build e2e

package samplestest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/journal"
)

// server is a running esacertd with the built-in example.
type server struct {
	Listen   string `json:"listen"`
	Admin    string `json:"admin"`
	Explorer string `json:"explorer"`
	Root     string `json:"root"`

	client *http.Client
}

func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	program := filepath.Join(t.TempDir(), "esacertd")
	goRun(t, repository(t), "build", "-o", program, "./server/cmd/esacertd")
	command := exec.Command(program, append([]string{"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, args...)...)
	command.Env = append(environment(), "XDG_DATA_HOME="+t.TempDir())
	var log bytes.Buffer
	command.Stderr = &log
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("esacertd printed no ready line: %v\n%s", err, log.String())
	}
	s := &server{}
	if err := json.Unmarshal(line, s); err != nil || s.Explorer == "" {
		t.Fatalf("ready line %s: %v", line, err)
	}
	s.client = trusting(t, s.Root)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.client.Jar = jar
	s.fetch(t, s.Explorer) // the address contains a token; the cookie is kept
	return s
}

// trusting returns a client that trusts the roots in a file; "" means the
// system's roots.
func trusting(t *testing.T, file string) *http.Client {
	t.Helper()
	if file == "" {
		return &http.Client{}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		t.Fatalf("no root in %s", file)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

func (s *server) fetch(t *testing.T, address string) []byte {
	t.Helper()
	response, err := s.client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", address, response.StatusCode, body, err)
	}
	return body
}

func fetchJSON[T any](t *testing.T, s *server, address string) (result T) {
	t.Helper()
	if err := json.Unmarshal(s.fetch(t, address), &result); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return result
}

// applications returns the stored applications of a domain name.
func (s *server) applications(t *testing.T, domain string) []admin.Application {
	t.Helper()
	return fetchJSON[[]admin.Application](t, s, s.Admin+"/applications?domain="+url.QueryEscape(domain))
}

// entry returns the journal entry of a request.
func (s *server) entry(t *testing.T, requestID string) journal.Entry {
	t.Helper()
	found := fetchJSON[[]journal.Entry](t, s, s.Admin+"/journal?request_id="+url.QueryEscape(requestID))
	if len(found) != 1 {
		t.Fatalf("the journal has %d entries for request %q", len(found), requestID)
	}
	return found[0]
}
