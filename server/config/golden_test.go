package config_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// hiddenMark is part of every secret in testdata/bad and of every reference to one,
// to find errors that contain them.
const hiddenMark = "s3cr3t"

// environment and files return the secrets to which the files of testdata refer.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"EMPTY": "", "EAB": "aG1hYy1mcm9tLWVudmlyb25tZW50", "KEY_SECRET": "key-from-environment", "STS_TOKEN": "token-from-environment", "BEARER": "bearer-from-environment",
	}[name]
	return value, ok
}

func files(path string) ([]byte, error) {
	content, ok := map[string]string{
		"etc/empty.txt": "\n", "etc/tsig.key": "dHNpZy1rZXk=\n", "etc/key.secret": "key-from-file\n", "/run/secrets/sts": "sts-from-file\r\n",
	}[filepath.ToSlash(path)]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return []byte(content), nil
}

// parse reads a file of testdata as if it were in the directory etc.
func parse(tb testing.TB, path string) (*config.Config, error) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return config.ParseWith(data, "etc/"+filepath.Base(path), environment, files)
}

// checkGolden compares got with the golden file: the path with the given suffix.
func checkGolden(t *testing.T, path, suffix, got string) {
	t.Helper()
	golden := strings.TrimSuffix(path, ".yaml") + suffix
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

func glob(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) < atLeast {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	return paths
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for _, path := range glob(t, "testdata/bad/*.yaml", 25) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			cfg, err := parse(t, path)
			var wrong *config.Error
			if !errors.As(err, &wrong) || cfg != nil {
				t.Fatalf("got %v, %v; want an Error and no configuration", cfg, err)
			}
			if len(wrong.Problems) == 0 {
				t.Error("an error without problems")
			}
			if strings.Contains(err.Error(), hiddenMark) {
				t.Errorf("the error repeats a secret:\n%v", err)
			}
			checkGolden(t, path, ".golden", err.Error()+"\n")
		})
	}
}

func TestGoodFiles(t *testing.T) {
	t.Parallel()
	for _, path := range glob(t, "testdata/good/*.yaml", 4) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			cfg, err := parse(t, path)
			if err != nil {
				t.Fatal(err)
			}
			encoded, err := json.MarshalIndent(cfg, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			checkGolden(t, path, ".json", string(encoded)+"\n")
			checkLookup(t, cfg)
		})
	}
}
