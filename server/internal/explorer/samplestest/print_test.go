//go:build e2e

package samplestest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/esacert/esacert/server/internal/explorer"
)

// call is the output of the page's form, without the names of the operation.
type call struct {
	Operation string      `json:"-"` // by default ApplyCertificate
	Scheme    string      `json:"scheme"`
	Method    string      `json:"method"`
	Place     string      `json:"place"`
	Endpoint  string      `json:"endpoint"`
	Params    [][2]string `json:"params"`
	KeyID     string      `json:"keyId"`
	Secret    string      `json:"secret"`
	Token     string      `json:"token"`
	Root      string      `json:"root,omitempty"`
}

func (c call) action() string { return cmp.Or(c.Operation, "ApplyCertificate") }

// site is a site of the built-in example.
const site = "1234567890123"

// form returns the call of a default form with the given domains.
func form(endpoint, domains string) call {
	return call{
		Scheme: "acs3", Method: "POST", Place: "query", Endpoint: endpoint, KeyID: "testid", Secret: "testsecret",
		Params: [][2]string{{"SiteId", site}, {"Domains", domains}, {"Type", "lets_encrypt"}},
	}
}

// sample is the page's sample for a language.
type sample struct {
	ID, File, Install, Code, Run, Note string

	files map[string]string // that the sample reads
}

// save writes the program and its files to a directory.
func (s sample) save(t *testing.T, dir string) {
	t.Helper()
	if s.File != "" {
		write(t, filepath.Join(dir, s.File), s.Code)
	}
	for name, content := range s.files {
		write(t, filepath.Join(dir, name), content)
	}
}

// printed returns the samples of a call by their IDs.
func (s *server) printed(t *testing.T, c call) map[string]sample {
	t.Helper()
	input, err := json.Marshal(map[string]any{
		"contract": json.RawMessage(s.fetch(t, s.Listen+explorer.Path+"contract.json?operation="+c.action())),
		"calls":    []call{c},
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), tool(t, "node", "install Node.js 20 or later"), "testdata/print.mjs")
	command.Stdin = bytes.NewReader(input)
	var failure bytes.Buffer
	command.Stderr = &failure
	data, err := command.Output()
	if err != nil {
		t.Fatalf("print the samples: %v\n%s", err, failure.String())
	}
	var lists [][]sample
	if err := json.Unmarshal(data, &lists); err != nil || len(lists) != 1 {
		t.Fatalf("%d lists of samples: %v", len(lists), err)
	}
	result := map[string]sample{}
	for _, one := range lists[0] {
		for _, pair := range c.Params {
			if pair[0] == "PrivateKey" {
				one.files = map[string]string{"private-key.pem": pair[1]}
			}
		}
		result[one.ID] = one
	}
	return result
}
