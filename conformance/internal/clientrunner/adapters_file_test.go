package clientrunner_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/process"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The signature scheme of an adapter applies only to cases that set none.
func TestSignatureOfAdapter(t *testing.T) {
	t.Parallel()
	cases := []suite.Case{
		{ID: "any", Client: &suite.ClientCase{}},
		{ID: "acs3", Client: &suite.ClientCase{Call: suite.Call{Signature: "acs3"}}},
		{ID: "server", Server: &suite.ServerCase{}},
	}
	adapted := clientrunner.Adapter{Signature: "hmac-sha1"}.CasesFor(cases)
	if got := adapted[0].Client.Call.Signature; got != "hmac-sha1" {
		t.Errorf("a case without a signature scheme got %q", got)
	}
	if got := adapted[1].Client.Call.Signature; got != "acs3" {
		t.Errorf("a case about ACS3 got %q", got)
	}
	if cases[0].Client.Call.Signature != "" {
		t.Error("the original case changed")
	}
	if same := (clientrunner.Adapter{}).CasesFor(cases); same[0].Client != cases[0].Client {
		t.Error("an adapter without a scheme got changed cases")
	}
}

func TestSignatureInTheAdaptersFile(t *testing.T) {
	t.Parallel()
	read := func(signature string) ([]clientrunner.Adapter, error) {
		path := filepath.Join(t.TempDir(), "adapters.yaml")
		if err := os.WriteFile(path, []byte("- {name: a, command: [a], signature: "+signature+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		programs, err := clientrunner.ReadAdapters(path)
		return programs, err
	}
	if programs, err := read("hmac-sha1"); err != nil || programs[0].Signature != "hmac-sha1" {
		t.Errorf("%+v, %v", programs, err)
	}
	if _, err := read("md5"); err == nil || !strings.Contains(err.Error(), `"md5", want acs3 or hmac-sha1`) {
		t.Errorf("md5: %v", err)
	}
}

// A relative path is resolved against Dir, as in a shell.
func TestCheckStartable(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(filepath.Join(dir, "my-adapter"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		command process.Command
		ok      bool
	}{
		{process.Command{Path: "./my-adapter"}, true},
		{process.Command{Path: "./my-adapter", Dir: "."}, true},
		{process.Command{Path: "./my-adapter", Dir: dir}, true},
		{process.Command{Path: filepath.Join(dir, "my-adapter")}, true},
		{process.Command{Path: "sh"}, true},
		{process.Command{Path: "my-adapter"}, false},
		{process.Command{Path: "./none"}, false},
	} {
		if err := (clientrunner.Adapter{Name: "x", Command: tc.command}).CheckStartable(); (err == nil) != tc.ok {
			t.Errorf("%+v: %v", tc.command, err)
		}
	}
}

// Each known-failures file of clients.yaml names its own client and existing client
// cases. Our SDK has none.
func TestKnownFilesOfTheClients(t *testing.T) {
	t.Parallel()
	listed, err := clientrunner.ReadAdapters("../../adapters/clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, client := range listed {
		names = append(names, client.Name)
		if client.Name == "gosdk" {
			if client.Known != "" {
				t.Errorf("our SDK has known failures: %s", client.Known)
			}
			continue
		}
		if want := filepath.Join("../../adapters/knownfailures", client.Name+".yaml"); client.Known != want {
			t.Errorf("the known failures of %s are in %q, want %q", client.Name, client.Known, want)
			continue
		}
		t.Run(client.Name, func(t *testing.T) {
			t.Parallel()
			checkKnownFile(t, client.Name, client.Known, all)
		})
	}
	if want := []string{"gosdk", "gocore", "node", "golegacy", "python"}; !slices.Equal(names, want) {
		t.Errorf("clients are %v, want %v", names, want)
	}
}

func checkKnownFile(t *testing.T, subject, path string, all []suite.Case) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	known, err := suite.ParseKnown(path, data)
	if err != nil {
		t.Fatal(err)
	}
	if len(known) == 0 {
		t.Error("the file has no entry")
	}
	for _, k := range known {
		if k.Subject != subject {
			t.Errorf("line %d is about %s", k.Position.Line, k.Subject)
		}
		if !slices.ContainsFunc(all, func(c suite.Case) bool { return c.Client != nil && k.Case.Match(c.ID) }) {
			t.Errorf("line %d: no case for clients matches %s", k.Position.Line, k.Case)
		}
		if len(strings.Fields(k.Reason)) < 4 {
			t.Errorf("line %d: the reason %q is too short", k.Position.Line, k.Reason)
		}
	}
}
