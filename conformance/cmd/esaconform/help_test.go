package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	if code := run(t.Context(), append(args, "--help"), streams{out: &out, err: &stderr}); code != suite.ExitPassed {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	return out.String()
}

// The example of an adapters file in the help is valid as printed.
func TestHelpShowsAnAdaptersFile(t *testing.T) {
	t.Parallel()
	_, rest, found := strings.Cut(helpOf(t, "client"), "An adapters file (dir and known are relative to the file):\n\n")
	if !found {
		t.Fatal("the help has no adapters file")
	}
	var example strings.Builder
	for line := range strings.Lines(rest) {
		content, indented := strings.CutPrefix(line, "    ")
		if !indented {
			break
		}
		example.WriteString(content)
	}
	file := filepath.Join(t.TempDir(), "adapters.yaml")
	if err := os.WriteFile(file, []byte(example.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	programs, err := clientrunner.ReadAdapters(file)
	if err != nil || len(programs) != 1 || programs[0].Name != "node" || programs[0].Signature != "hmac-sha1" || filepath.Base(programs[0].Known) != "known.yaml" {
		t.Errorf("got %+v and error %v from\n%s", programs, err, &example)
	}
}

// Indented lines of help are printed unchanged.
func TestHelpKeepsIndentedLines(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&cli{}, kong.Name("esaconform"), kong.Description(helpText))
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, node := range append(parser.Model.Leaves(true), parser.Model.Node) {
		var args []string
		for n := node; n.Type == kong.CommandNode; n = n.Parent {
			args = append([]string{n.Name}, args...)
		}
		printed := helpOf(t, args...)
		for line := range strings.Lines(node.Detail + "\n" + node.Help) {
			if !strings.HasPrefix(line, "  ") {
				continue
			}
			kept++
			if !strings.Contains(printed, "\n  "+strings.TrimRight(line, "\n")+"\n") {
				t.Errorf("%v --help does not print this line unchanged: %q", args, line)
			}
		}
	}
	if kept < 20 {
		t.Errorf("got %d indented lines, want at least 20", kept)
	}
}
