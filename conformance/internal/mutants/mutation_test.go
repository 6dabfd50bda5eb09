//go:build mutants

package mutants_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/mutants"
	"github.com/esacert/esacert/conformance/internal/process"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// findEnv names the environment variable that makes the test run every case against each
// mutant and print those that fail, to find the case of a new mutant.
const findEnv = "ESACERT_MUTANTS_FIND"

// buildDir builds programs in a temporary directory and runs them.
type buildDir struct {
	root    string
	dir     string
	cases   []suite.Case
	targets *suite.Targets
}

func newBuildDir(t *testing.T) *buildDir {
	t.Helper()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	all, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(absolute, "conformance/internal/serverrunner/testdata/targets.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := suite.ParseTargets(path, data)
	if err != nil {
		t.Fatal(err)
	}
	return &buildDir{root: absolute, dir: t.TempDir(), cases: all, targets: targets}
}

// TestEveryMutantIsKilled checks that the cases pass without a mutant, and that the case
// of each mutant fails with it.
func TestEveryMutantIsKilled(t *testing.T) {
	all, err := mutants.All()
	if err != nil {
		t.Fatal(err)
	}
	w := newBuildDir(t)
	needed := w.killers(t, all)
	for _, r := range append(w.run(t, suite.ServerSide, "", needed), w.run(t, suite.ClientSide, "", needed)...) {
		if r.Verdict != suite.Passed {
			t.Errorf("%s %s without a mutant: %s", r.Case, r.Verdict, r.Reason)
		}
	}
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "MUTANT\tSIDE\tKILLED BY\tCHECK")
	killed := 0
	for i, m := range all {
		overlay := w.overlay(t, i, m)
		if os.Getenv(findEnv) != "" {
			w.find(t, m, overlay)
			continue
		}
		check, ok := w.kill(t, m, overlay)
		if !ok {
			t.Errorf("%s survives: %s passes", m.Name, m.Case)
			check = "SURVIVES"
		} else {
			killed++
		}
		fmt.Fprintf(rows, "%s\t%s\t%s\t%s\n", m.Name, m.Side, m.Case, check)
	}
	if err := rows.Flush(); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s%d of %d mutants killed\n", table.String(), killed, len(all))
}

// killers returns the cases of mutants.
func (w *buildDir) killers(t *testing.T, all []mutants.Mutant) []suite.Case {
	t.Helper()
	wanted := map[string]bool{}
	for _, m := range all {
		wanted[m.Case] = true
	}
	var found []suite.Case
	for _, c := range w.cases {
		if wanted[c.ID] {
			found = append(found, c)
		}
	}
	return found
}

// kill tries a mutant up to three times: on a slow machine, a mutant that omits a delay
// may pass.
func (w *buildDir) kill(t *testing.T, m mutants.Mutant, overlay string) (check string, killed bool) {
	t.Helper()
	killer := w.killers(t, []mutants.Mutant{m})
	for range 3 {
		for _, r := range w.run(t, m.Side, overlay, killer) {
			if r.Verdict == suite.Failed || r.Verdict == suite.Errored {
				return failedChecks(r), true
			}
		}
	}
	return "", false
}

func (w *buildDir) find(t *testing.T, m mutants.Mutant, overlay string) {
	t.Helper()
	for _, r := range w.run(t, m.Side, overlay, w.cases) {
		if r.Verdict == suite.Failed || r.Verdict == suite.Errored {
			fmt.Printf("%s: %s (%s)\n", m.Name, r.Case, failedChecks(r))
		}
	}
}

// failedChecks returns the names of the failed checks.
func failedChecks(r suite.Result) string {
	var names []string
	for _, c := range r.Checks {
		if c.Verdict == suite.Failed || c.Verdict == suite.Errored {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return r.Reason
	}
	return strings.Join(names, ", ")
}

// overlay writes the changed file and the overlay file of go build.
func (w *buildDir) overlay(t *testing.T, number int, m mutants.Mutant) string {
	t.Helper()
	changed, err := m.Apply(w.root)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(w.dir, fmt.Sprintf("m%d.go", number))
	overlay := filepath.Join(w.dir, fmt.Sprintf("m%d.json", number))
	replace := map[string]any{"Replace": map[string]string{filepath.Join(w.root, filepath.FromSlash(m.File)): file}}
	config, err := json.Marshal(replace)
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{file: changed, overlay: config} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}

func (w *buildDir) build(t *testing.T, pkg, overlay string) string {
	t.Helper()
	bin := filepath.Join(w.dir, filepath.Base(pkg))
	args := []string{"build", "-o", bin}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	build := exec.CommandContext(t.Context(), "go", append(args, pkg)...)
	build.Dir = w.root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return bin
}

// run builds the program of a side, with the overlay unless it is empty, and runs the
// cases against it.
func (w *buildDir) run(t *testing.T, side suite.Side, overlay string, selected []suite.Case) []suite.Result {
	t.Helper()
	if side == suite.ClientSide {
		bin := w.build(t, "./conformance/adapters/gosdk", overlay)
		results, err := clientrunner.Run(t.Context(), clientrunner.Command("mutant", process.Command{Path: bin}), ofSide(selected, side), clientrunner.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	bin := w.build(t, "./server/cmd/esacertd", overlay)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	endpoint, journal := w.serve(ctx, t, bin)
	run, err := serverrunner.Run(ctx, serverrunner.Target{
		URL: endpoint, Targets: w.targets, Journal: serverrunner.HTTPJournal(journal, nil),
	}, ofSide(selected, side), serverrunner.Options{AllowWrites: true, Parallel: 4})
	if err != nil {
		t.Fatal(err)
	}
	return run.Results
}

func ofSide(all []suite.Case, side suite.Side) []suite.Case {
	var selected []suite.Case
	for _, c := range all {
		if side == suite.ServerSide && c.Server != nil || side == suite.ClientSide && c.Client != nil {
			selected = append(selected, c)
		}
	}
	return selected
}

// serve starts the server and stops it when the context is done.
func (w *buildDir) serve(ctx context.Context, t *testing.T, bin string) (endpoint, journal string) {
	t.Helper()
	server := exec.CommandContext(ctx, bin, "--config", filepath.Join(w.root, "conformance/internal/serverrunner/testdata/states.yaml"),
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--store", ":memory:")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() }) // it was killed
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	var ready struct{ Listen, Admin string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	return ready.Listen, ready.Admin + "/journal"
}
