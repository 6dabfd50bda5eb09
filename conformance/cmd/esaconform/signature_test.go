package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// A client that knows one scheme is tested with it where a case is about
// something else, and nowhere else.
func TestSignatureOfAClient(t *testing.T) {
	t.Parallel()
	cases := []suite.Case{
		{ID: "any", Client: &suite.ClientCase{}},
		{ID: "acs3", Client: &suite.ClientCase{Call: suite.Call{Signature: "acs3"}}},
		{ID: "server", Server: &suite.ServerCase{}},
	}
	own := adapterProgram{signature: "hmac-sha1"}.casesFor(cases)
	if got := own[0].Client.Call.Signature; got != "hmac-sha1" {
		t.Errorf("a case that names no signature has %q", got)
	}
	if got := own[1].Client.Call.Signature; got != "acs3" {
		t.Errorf("a case that is about ACS3 has %q", got)
	}
	if cases[0].Client.Call.Signature != "" {
		t.Error("the case itself was changed, for all clients after this one")
	}
	if same := (adapterProgram{}).casesFor(cases); same[0].Client != cases[0].Client {
		t.Error("a client without a scheme of its own gets other cases")
	}
}

func TestSignatureInTheAdaptersFile(t *testing.T) {
	t.Parallel()
	read := func(signature string) ([]adapterProgram, error) {
		path := filepath.Join(t.TempDir(), "adapters.yaml")
		if err := os.WriteFile(path, []byte("- {name: a, command: [a], signature: "+signature+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		programs, _, err := readAdapters(path)
		return programs, err
	}
	if programs, err := read("hmac-sha1"); err != nil || programs[0].signature != "hmac-sha1" {
		t.Errorf("%+v, %v", programs, err)
	}
	if _, err := read("md5"); err == nil || !strings.Contains(err.Error(), `"md5", want acs3 or hmac-sha1`) {
		t.Errorf("md5: %v", err)
	}
}
