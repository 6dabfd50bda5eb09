package spec_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A made-up operation needs a contract and a rule: after go generate, the SDK calls
// it and the server carries it out. Without the rule nothing compiles.
func TestNewOperation(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles client and server of a copy")
	}
	t.Parallel()
	root := t.TempDir()
	copyModule(t, root)
	source := string(mustRead(t, filepath.Join(root, "spec", "operations", "getsite.yaml")))
	contract := strings.NewReplacer("GetSite", "EchoSite", "SiteModel", "Echo", "SiteDetail", "EchoDetail").Replace(source)
	write(t, filepath.Join(root, "spec", "operations", "echosite.yaml"), contract)
	goIn(t, root, "generate", "./spec")
	if out, err := command(root, "build", "./server/...").CombinedOutput(); err == nil || !strings.Contains(string(out), "EchoSite") {
		t.Errorf("build without the rule: %v\n%s", err, out)
	}
	write(t, filepath.Join(root, "server", "internal", "operations", "echosite.go"), `package operations

import (
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
)

// EchoSite returns the name of a site.
func (s *Service) EchoSite(call *Call, in esaapi.EchoSiteParams) (*esaapi.EchoSiteResponseBody, error) {
	site, err := s.site(call, in.SiteID, esaerrors.SiteNotFoundWebsite)
	if err != nil {
		return nil, err
	}
	return &esaapi.EchoSiteResponseBody{RequestID: call.RequestID, Echo: esaapi.EchoDetail{SiteName: site.Name}}, nil
}
`)
	write(t, filepath.Join(root, "server", "echosite_test.go"), `package server_test

import (
	"errors"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

func TestEchoSite(t *testing.T) {
	c := servertest.New(t).Client()
	out, err := c.EchoSite(t.Context(), client.EchoSiteInput{SiteID: servertest.SiteID})
	if err != nil || out.Echo.SiteName != "example.com" {
		t.Fatal(out, err)
	}
	if _, err = c.EchoSite(t.Context(), client.EchoSiteInput{SiteID: 5}); !errors.Is(err, esaerrors.CodeSiteNotFound) {
		t.Fatal(err)
	}
}
`)
	goIn(t, root, "test", "-run", "TestEchoSite", "./server")
}

// A new optional parameter needs its lines in the contract and its rule: after go generate,
// the SDK sends it and the rule gets it. Until then, tests of the rules and of the SDK
// name it.
func TestNewParameter(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles client and server of a copy")
	}
	t.Parallel()
	root := t.TempDir()
	copyModule(t, root)
	for _, name := range []string{"client", "server/internal/operations"} {
		file := filepath.Join(filepath.FromSlash(name), "parameters_test.go")
		write(t, filepath.Join(root, file), string(mustRead(t, filepath.Join("..", file))))
	}
	contract := filepath.Join(root, "spec", "operations", "getsite.yaml")
	const last = `      - $ref: "../common.yaml#/components/parameters/SiteId"` + "\n"
	source := string(mustRead(t, contract))
	if strings.Count(source, last) != 1 {
		t.Fatalf("%s has %q %d times", contract, last, strings.Count(source, last))
	}
	write(t, contract, strings.Replace(source, last, last+`      - name: Suffix
        in: query
        description: Is appended to SiteName.
        schema: {type: string}
`, 1))
	goIn(t, root, "generate", "./spec")
	out, err := command(root, "test", "-run", "TestRulesReadEveryParameter", "./server/internal/operations").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the rule does not read Suffix") {
		t.Errorf("tests of a rule that drops the parameter: %v\n%s", err, out)
	}
	rule := filepath.Join(root, "server", "internal", "operations", "getsite.go")
	const name = "SiteName: site.Name,"
	write(t, rule, strings.Replace(string(mustRead(t, rule)), name, "SiteName: site.Name + value(in.Suffix),", 1))
	write(t, filepath.Join(root, "server", "suffix_test.go"), `package server_test

import (
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/server/servertest"
)

func TestSuffix(t *testing.T) {
	c := servertest.New(t).Client()
	out, err := c.GetSite(t.Context(), client.GetSiteInput{SiteID: servertest.SiteID, Suffix: "-new"})
	if err != nil || out.SiteModel.SiteName != "example.com-new" {
		t.Fatal(out, err)
	}
}
`)
	goIn(t, root, "test", "-run", "TestSuffix|TestRulesReadEveryParameter|TestInputsSendEveryParameter", "./server", "./server/internal/operations", "./client")
}

// copyModule copies what client and server are built from, without their tests.
func copyModule(t *testing.T, to string) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum", "tools.go", "spec", "gen", "client", "server"} {
		err := filepath.WalkDir(filepath.Join("..", name), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Name() == "node_modules" {
				return fs.SkipDir
			}
			relative, err := filepath.Rel("..", path)
			if err != nil || d.IsDir() {
				return err
			}
			if strings.HasSuffix(path, "_test.go") || !d.Type().IsRegular() {
				return nil
			}
			target := filepath.Join(to, relative)
			if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, data, 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func command(dir string, args ...string) *exec.Cmd {
	c := exec.Command("go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off")
	return c
}

func goIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := command(dir, args...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
