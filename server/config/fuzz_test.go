package config_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/lookup"
)

// FuzzParse: nothing makes Parse panic; what is refused has problems with
// reasons; what is accepted is valid, makes a directory in which everything is
// found, and can be shown.
func FuzzParse(f *testing.F) {
	f.Add(config.Example())
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	noFile := func(path string) ([]byte, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := config.ParseWith(data, "fuzz.yaml", environment, noFile)
		if err != nil {
			checkProblems(t, cfg, err)
			return
		}
		if err := cfg.Validate(); err != nil {
			t.Errorf("accepted, and not valid: %v", err)
		}
		checkLookup(t, cfg)
		if _, err := json.Marshal(cfg); err != nil {
			t.Errorf("accepted, and cannot be shown: %v", err)
		}
	})
}

func checkProblems(t *testing.T, cfg *config.Config, err error) {
	t.Helper()
	var wrong *config.Error
	if !errors.As(err, &wrong) || len(wrong.Problems) == 0 || cfg != nil {
		t.Fatalf("got %v, %#v", cfg, err)
	}
	for _, p := range wrong.Problems {
		if p.Message == "" || p.Line < 0 || (p.Line > 0) != (p.Column > 0) {
			t.Errorf("problem %+v", p)
		}
	}
	if !strings.HasPrefix(err.Error(), "fuzz.yaml:") {
		t.Errorf("the error does not name the file: %v", err)
	}
}

func BenchmarkParseExample(b *testing.B) {
	data := config.Example()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := config.Parse(data, "example.yaml"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookupSite(b *testing.B) {
	d, ctx := lookup.New(example(b)), b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Site(ctx, account, 1234567890123); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookupQuota(b *testing.B) {
	d, ctx := lookup.New(example(b)), b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Quota(ctx, account, "standard", "lets_encrypt"); err != nil {
			b.Fatal(err)
		}
	}
}
