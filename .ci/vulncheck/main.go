// Command vulncheck evaluates the report of govulncheck: it fails for every
// vulnerability whose code is called and that the triage file does not list.
//
//	govulncheck -format json ./... | vulncheck triage.yaml
//
// It also fails for an entry of the triage file that the report does not confirm,
// so that obsolete entries are removed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

func main() {
	if len(os.Args) != 2 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: govulncheck -format json ./... | vulncheck TRIAGE.yaml")
		os.Exit(2)
	}
	if err := run(os.Stdin, os.Args[1], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "vulncheck:", err)
		os.Exit(1)
	}
}

// run reads a report, compares it with the triage file and prints a summary.
func run(report io.Reader, triageFile string, out io.Writer) error {
	triaged, err := readTriage(triageFile)
	if err != nil {
		return fmt.Errorf("read %s: %w", triageFile, err)
	}
	found, err := readReport(report)
	if err != nil {
		return fmt.Errorf("read the report of govulncheck: %w", err)
	}
	if err := judge(found, triaged); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "known vulnerabilities: %d called and triaged, %d more in modules whose affected code is not called\n",
		len(triaged), len(found)-len(triaged))
	return err
}

// triage is the reason why a vulnerability does not affect this project.
type triage struct {
	ID       string `yaml:"id"`
	Reason   string `yaml:"reason"`
	Evidence string `yaml:"evidence"` // what fails when the reason no longer holds
}

func readTriage(name string) (map[string]triage, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var list []triage
	if err := yaml.UnmarshalWithOptions(data, &list, yaml.Strict()); err != nil {
		return nil, err
	}
	byID := map[string]triage{}
	for _, t := range list {
		if t.ID == "" || t.Reason == "" || t.Evidence == "" {
			return nil, fmt.Errorf("entry %q: id, reason and evidence are required", t.ID)
		}
		if _, twice := byID[t.ID]; twice {
			return nil, fmt.Errorf("entry %s: duplicate", t.ID)
		}
		byID[t.ID] = t
	}
	return byID, nil
}

// finding is the result of the report for one vulnerability.
type finding struct {
	summary string
	called  bool
}

// message is one object of govulncheck's JSON stream, as far as it is used.
type message struct {
	Config *struct {
		ScanLevel string `json:"scan_level"`
	} `json:"config"`
	OSV *struct {
		ID      string `json:"id"`
		Summary string `json:"summary"`
	} `json:"osv"`
	Finding *struct {
		OSV   string `json:"osv"`
		Trace []struct {
			Function string `json:"function"`
		} `json:"trace"`
	} `json:"finding"`
}

// readReport collects the findings by id. govulncheck reports a vulnerability
// once per level: module, package, and function if its code is called.
func readReport(r io.Reader) (map[string]finding, error) {
	found, summaries, scanned := map[string]finding{}, map[string]string{}, false
	for decoder := json.NewDecoder(r); ; {
		var m message
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		switch {
		case m.Config != nil:
			scanned = m.Config.ScanLevel == "symbol"
		case m.OSV != nil:
			summaries[m.OSV.ID] = m.OSV.Summary
		case m.Finding != nil:
			f := found[m.Finding.OSV]
			f.called = f.called || len(m.Finding.Trace) > 0 && m.Finding.Trace[0].Function != ""
			found[m.Finding.OSV] = f
		}
	}
	if !scanned {
		return nil, errors.New("no scan of symbols: govulncheck failed or was not run with -format json")
	}
	if len(summaries) == 0 {
		return nil, errors.New("no vulnerabilities listed: the database is empty")
	}
	for id, f := range found {
		f.summary = summaries[id]
		found[id] = f
	}
	return found, nil
}

func judge(found map[string]finding, triaged map[string]triage) error {
	var problems []string
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if _, ok := triaged[id]; found[id].called && !ok {
			problems = append(problems, fmt.Sprintf("%s is called: %s (https://pkg.go.dev/vuln/%s): update the module, or add it to the triage file with a reason",
				id, found[id].summary, id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(triaged)) {
		if !found[id].called {
			problems = append(problems, id+" is triaged but no longer found: remove it from the triage file")
		}
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n"))
	}
	return nil
}
