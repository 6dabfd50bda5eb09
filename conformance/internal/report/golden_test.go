package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/conformance/internal/suite"
)

var update = flag.Bool("update", false, "update the golden files")

// readRun reads a run from testdata. The run server has every verdict, and responses
// that try to inject content into a report; matrix has five clients.
func readRun(t testing.TB, name string) *suite.Run {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	run, err := ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func written(t testing.TB, writer Writer, run *suite.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writer.Write(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		run, file string
		writer    Writer
	}{
		{"server", "server.json", JSON{}},
		{"matrix", "matrix.json", JSON{}},
		{"server", "server.txt", Text{}},
		{"server", "server-verbose.txt", Text{TextOptions{Verbose: true, Color: true}}},
		{"matrix", "matrix.txt", Text{}},
		{"server", "server.xml", JUnit{}},
		{"matrix", "matrix.xml", JUnit{}},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			run := readRun(t, test.run)
			before := run.MapStrings(toValidUTF8, toValidUTF8)
			got := written(t, test.writer, run)
			if diff := cmp.Diff(before, run); diff != "" {
				t.Errorf("writing changed the run:\n%s", diff)
			}
			path := filepath.Join("testdata", test.file)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.file, diff)
			}
		})
	}
}
