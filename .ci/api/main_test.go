package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A change of the public API shows in the golden file, and so in a review.
func TestPublicAPI(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("api.golden")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := run(t.Context(), "../..", false, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("the public API has changed (-golden +now):\n%s\nif that is intended: go run ./.ci/api >.ci/api/api.golden", diff)
	}
}

func TestExported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := `package p

const A, b = 1, 2

var (
	// C is a variable.
	C int
	d int
)

type E struct{ Field int }

type F = E

type G[K comparable] map[K]int

type H interface{ Method() }

type i int

func J(x ...int) (int, error) { return 0, nil }

func k() {}

func (*E) L() {}

func (G[K]) M(K) {}

func (i) N() {}

func (E) o() {}
`
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := exported(listed{Dir: dir, GoFiles: []string{"p.go"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"const A", "func (*E) L()", "func (G[K]) M(K)", "func J(x ...int) (int, error)",
		"type E struct", "type F = E", "type G map[K]int", "type H interface", "var C",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
