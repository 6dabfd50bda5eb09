package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// format is the version of the JSON report. It changes with each incompatible change.
const format = "esaconform-report/2"

//go:embed report.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the JSON report.
func Schema() []byte { return bytes.Clone(schema) }

// JSON writes a run as one JSON object, with counts and the exit code. Bytes that are
// not valid UTF-8 are written as \xff.
type JSON struct{}

type document struct {
	Format   string         `json:"format"`
	ExitCode suite.ExitCode `json:"exit_code"`
	Verdict  string         `json:"verdict"` // meaning of the exit code
	Counts   suite.Counts   `json:"counts"`
	*suite.Run
}

// Write writes the run to w.
func (JSON) Write(w io.Writer, run *suite.Run) error {
	run = run.MapStrings(toValidUTF8, toValidUTF8)
	if run.Subjects == nil {
		run.Subjects = []string{}
	}
	if run.Results == nil {
		run.Results = []suite.Result{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	code := run.ExitCode()
	if err := encoder.Encode(document{format, code, Explain(code), counts(run), run}); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

// ReadJSON reads a JSON report of this format or of the deprecated format 1. It
// returns an error for any other format, an unknown member, or data that follows
// the object.
func ReadJSON(r io.Reader) (*suite.Run, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read JSON report: %w", err)
	}
	var header struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(data, &header) == nil && header.Format == deprecatedFormat {
		if data, err = upgradeFormat1(data); err != nil {
			return nil, fmt.Errorf("read JSON report: %w", err)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	read := document{Run: &suite.Run{}}
	if err := decoder.Decode(&read); err != nil {
		return nil, fmt.Errorf("read JSON report: %w", err)
	}
	if read.Format != format {
		return nil, fmt.Errorf("read JSON report: format is %q, want %q", read.Format, format)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read JSON report: unexpected data after the report")
	}
	return read.Run, nil
}

// deprecatedFormat is the earlier format. It spells evidence as source, and the
// verdicts unexpected-pass and error as stale-known and broken.
const deprecatedFormat = "esaconform-report/1"

// upgradeFormat1 returns a report of the deprecated format in the current one.
func upgradeFormat1(data []byte) ([]byte, error) {
	var report map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&report); err != nil {
		return nil, err
	}
	report["format"] = format
	if counts, ok := report["counts"].(map[string]any); ok {
		renameMember(counts, "stale-known", string(suite.UnexpectedPass))
		renameMember(counts, "broken", string(suite.Errored))
	}
	results, _ := report["results"].([]any)
	for _, item := range results {
		result, ok := item.(map[string]any)
		if !ok {
			continue
		}
		renameMember(result, "source", "evidence")
		upgradeVerdict(result)
		checks, _ := result["checks"].([]any)
		for _, check := range checks {
			if check, ok := check.(map[string]any); ok {
				upgradeVerdict(check)
			}
		}
	}
	return json.Marshal(report)
}

func renameMember(object map[string]any, old, current string) {
	if value, ok := object[old]; ok {
		delete(object, old)
		object[current] = value
	}
}

func upgradeVerdict(object map[string]any) {
	switch object["verdict"] {
	case "stale-known":
		object["verdict"] = string(suite.UnexpectedPass)
	case "broken":
		object["verdict"] = string(suite.Errored)
	}
}
