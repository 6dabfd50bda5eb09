package readmetest

import (
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// imports returns the import paths of the packages that snippets use, by name.
func imports() map[string]string {
	const module = "github.com/esacert/esacert/"
	return map[string]string{
		"context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "testing": "testing", "time": "time",
		"client": module + "client", "esaerrors": module + "gen/esaerrors", "servertest": module + "server/servertest",
		"conformance": module + "conformance", "adapters": module + "conformance/adapters",
	}
}

// scaffold declares the functions that snippets use but do not declare.
const scaffold = `
func renew(*testing.T, string) {}
func newHandler() http.Handler { return http.NotFoundHandler() }
func call(context.Context, adapters.Request) adapters.Result { return adapters.Result{} }
`

// program returns a Go file with a snippet. If the snippet is not a function, it becomes
// the body of one.
func program(code string) string {
	if !strings.HasPrefix(code, "func ") {
		result := "error"
		end := "\treturn nil\n"
		code = "func snippet(ctx context.Context, srv *servertest.Server) " + result + " {\n" + code + "\t_ = ctx\n\t_ = srv\n" + end + "}\n"
		for _, name := range []string{"pair", "c"} {
			code = regexp.MustCompile(`(?m)^(`+name+`)((?:, err)? := .*)$`).ReplaceAllString(code, "$1$2\n_ = $1")
		}
	}
	code += scaffold
	var file strings.Builder
	file.WriteString("package snippet\n\nimport (\n")
	for name, path := range imports() {
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(code) {
			file.WriteString(strconv.Quote(path) + "\n")
		}
	}
	file.WriteString(")\n" + code)
	return file.String()
}

// Every Go block, and the Go call in the table of clients, compiles.
func TestGoCompiles(t *testing.T) {
	t.Parallel()
	// Inside the module, because internal packages are visible only there; the
	// leading underscore keeps the directory out of ./... patterns.
	dir, err := os.MkdirTemp(".", "_snippets")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	snippets := 0
	add := func(code string) string {
		snippets++
		path := filepath.Join(dir, strconv.Itoa(snippets))
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "snippet_test.go"), []byte(program(code)), 0o600); err != nil {
			t.Fatal(err)
		}
		return "./" + filepath.ToSlash(path)
	}
	packages := map[string]string{}
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if b.language != "go" {
				continue
			}
			if formatted, err := format.Source([]byte(b.body)); err != nil || string(formatted) != b.body {
				t.Errorf("%s:%d: not formatted by gofmt: %v\n%s", d.path, b.line, err, formatted)
			}
			packages[add(b.body)] = d.path + ":" + strconv.Itoa(b.line)
		}
	}
	row := regexp.MustCompile("(?m)^\\| Go, this SDK \\|.*\\| `(.*)` \\|$").FindStringSubmatch(read(t, "README.md"))
	if row == nil {
		t.Fatal("README.md has no row for this SDK")
	}
	packages[add("c, err := "+row[1]+"\nif err != nil {\n\treturn err\n}\n")] = "README.md, row of this SDK"
	for path, source := range packages {
		vet := exec.CommandContext(t.Context(), "go", "vet", path)
		if output, err := vet.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", source, err, output)
		}
	}
}
