package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	scan     = `{"config":{"scan_level":"symbol"}}`
	entry    = `{"osv":{"id":"GO-2026-0001","summary":"Everything leaks"}}`
	imported = `{"finding":{"osv":"GO-2026-0001","trace":[{"module":"example.com/leaky"}]}}`
	called   = `{"finding":{"osv":"GO-2026-0001","trace":[{"module":"example.com/leaky","function":"Leak"}]}}`
	reasoned = "- {id: GO-2026-0001, reason: not used, evidence: a lint rule}\n"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, report, triage string
		want                 string // part of the error, or of the summary
		fails                bool
	}{
		{"called and unknown", scan + entry + imported + called, "[]", "GO-2026-0001 is called: Everything leaks", true},
		{"called and triaged", scan + entry + imported + called, reasoned, "1 called and triaged, 0 more", false},
		{"not called", scan + entry + imported, "[]", "0 called and triaged, 1 more", false},
		{"nothing found", scan + entry, "[]", "0 called and triaged, 0 more", false},
		{"triaged, not called any more", scan + entry + imported, reasoned, "GO-2026-0001 is triaged but no longer found", true},
		{"empty report", "", "[]", "no scan of symbols", true},
		{"scan of modules only", `{"config":{"scan_level":"module"}}` + entry, "[]", "no scan of symbols", true},
		{"empty database", scan, "[]", "the database is empty", true},
		{"not JSON", "=== Symbol Results ===", "[]", "invalid character", true},
		{"no reason", scan + entry, "- {id: GO-2026-0001, evidence: a lint rule}\n", "are required", true},
		{"no evidence", scan + entry, "- {id: GO-2026-0001, reason: not used}\n", "are required", true},
		{"duplicate", scan + entry + called, reasoned + reasoned, "duplicate", true},
		{"unknown key", scan + entry, "- {id: GO-2026-0001, because: not used}\n", "unknown field", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "triage.yaml")
			if err := os.WriteFile(file, []byte(c.triage), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err := run(strings.NewReader(c.report), file, &out)
			got := out.String()
			if err != nil {
				got = err.Error()
			}
			if c.fails != (err != nil) || !strings.Contains(got, c.want) {
				t.Errorf("error %v, output %q; want failure %v with %q", err, out.String(), c.fails, c.want)
			}
		})
	}
}

func TestMissingTriageFile(t *testing.T) {
	t.Parallel()
	err := run(strings.NewReader(scan), filepath.Join(t.TempDir(), "missing.yaml"), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "missing.yaml") {
		t.Errorf("error %v does not name the file", err)
	}
}
