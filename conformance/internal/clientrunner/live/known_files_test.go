package live_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// TestKnownFilesNameWhatThereIs reads the files of known failures without
// running a client: each entry names its own client and cases for clients that
// there are, and our SDK has none.
func TestKnownFilesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../adapters/clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var listed []struct{ Name, Known string }
	if err := yaml.Unmarshal(data, &listed); err != nil {
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
		if want := "knownfailures/" + client.Name + ".yaml"; client.Known != want {
			t.Errorf("%s has its known failures in %q, want %q", client.Name, client.Known, want)
			continue
		}
		t.Run(client.Name, func(t *testing.T) {
			t.Parallel()
			checkKnownFile(t, client.Name, filepath.Join("../../../adapters", client.Known), all)
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
		t.Error("it has no entry")
	}
	for _, k := range known {
		if k.Subject != subject {
			t.Errorf("line %d is about %s", k.Position.Line, k.Subject)
		}
		if !slices.ContainsFunc(all, func(c suite.Case) bool { return c.Client != nil && k.Case.Match(c.ID) }) {
			t.Errorf("line %d: no case for clients matches %s", k.Position.Line, k.Case)
		}
		if len(strings.Fields(k.Reason)) < 4 {
			t.Errorf("line %d: %q is no reason", k.Position.Line, k.Reason)
		}
	}
}
