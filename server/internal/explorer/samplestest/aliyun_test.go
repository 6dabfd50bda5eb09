//go:build e2e

package samplestest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/explorer/internal/aliyuncli"
)

// aliyunVariable names a real aliyun command (version 3.4 or later). If it is
// set, that command runs the sample like those of the other languages.
const aliyunVariable = "ESACERT_E2E_ALIYUN"

// TestAliyunSample checks that the command accepts the sample, and would send
// the call of the form.
func TestAliyunSample(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	calls := map[string]call{
		"the service":       form("https://esa.ap-southeast-1.aliyuncs.com", "a.example.com"),
		"HTTPS":             form("https://127.0.0.1:8443", "a.example.com"),
		"leading hyphen":    form(s.Listen, "-a.example.com"),
		"leading hyphens":   form(s.Listen, "--insecure"),
		"empty form":        {Scheme: "acs3", Method: "POST", Place: "query", Endpoint: s.Listen, Params: [][2]string{}},
		"no domains":        {Scheme: "acs3", Method: "POST", Place: "query", Endpoint: s.Listen, Params: [][2]string{{"SiteId", site}}},
		"unknown parameter": {Scheme: "acs3", Method: "POST", Place: "query", Endpoint: s.Listen, Params: [][2]string{{"SiteId", site}, {"Domains", "a"}, {"Other", "-1"}}},
	}
	for name, change := range requestVariants() {
		c := form(s.Listen, "a.example.com")
		change(&c)
		calls[name] = c
	}
	for name, domains := range edgeCaseTexts() {
		calls["special characters, "+name] = form(s.Listen, domains)
	}
	for _, op := range esaops.All() {
		calls[op.Action] = filled(t, s, s.Listen, op)
	}
	for name, c := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := aliyuncli.Parse(wordsOf(t, s.printed(t, c)["aliyun"]), false)
			if err != nil {
				t.Fatalf("aliyun rejects the line: %v", err)
			}
			want := aliyuncli.Call{Action: c.action(), Version: "2024-09-10", Method: c.Method, URL: c.Endpoint, Region: got.Region, Verify: true, Parameters: map[string]string{}}
			for _, pair := range c.Params {
				want.Parameters[pair[0]] = pair[1]
				if pair[0] == "PrivateKey" { // the shell removes the last line break of a file
					want.Parameters[pair[0]] = strings.TrimSuffix(pair[1], "\n")
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the call of the line differs from the form (-form +line):\n%s", diff)
			}
			if strings.Contains(c.Endpoint, "ap-southeast-1") && got.Region != "ap-southeast-1" {
				t.Errorf("region %s", got.Region)
			}
		})
	}
}

// wordsOf runs a sample with a program named aliyun that prints its arguments,
// and returns them.
func wordsOf(t *testing.T, s sample) []string {
	t.Helper()
	dir := t.TempDir()
	s.save(t, dir)
	program := filepath.Join(dir, "aliyun")
	write(t, program, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	out := execute(t, dir, dir, "bash", s.Code)
	if out.code != 0 || !strings.HasSuffix(out.stdout, "\x00") {
		t.Fatalf("exit code %d, printed %q\n%s", out.code, out.stdout, out.stderr)
	}
	return strings.Split(strings.TrimSuffix(out.stdout, "\x00"), "\x00")
}

// runAliyun runs the sample with the real command, without a profile.
func runAliyun(t *testing.T, s sample) output {
	dir := t.TempDir()
	s.save(t, dir)
	link(t, need(t, os.Getenv(aliyunVariable), "unset "+aliyunVariable), filepath.Join(dir, "aliyun"))
	return execute(t, dir, dir, "bash", "export HOME="+dir+"\n"+s.Code)
}
