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

// format names the shape of the JSON report. It changes when a reader of the
// old shape would misread the new one.
const format = "esaconform-report/1"

//go:embed report.schema.json
var schema []byte

// Schema gives the JSON Schema (draft 2020-12) of the JSON report.
func Schema() []byte { return bytes.Clone(schema) }

// JSON writes a run as one JSON object: the run, with its counts and its exit
// code beside it for who does not want to count. Bytes that are no UTF-8 are
// written as \xff.
type JSON struct{}

type document struct {
	Format   string         `json:"format"`
	ExitCode suite.ExitCode `json:"exit_code"`
	Verdict  string         `json:"verdict"` // the exit code in words
	Counts   suite.Counts   `json:"counts"`
	*suite.Run
}

// Write writes the run.
func (JSON) Write(w io.Writer, run *suite.Run) error {
	run = mapRun(run, toValidUTF8, toValidUTF8)
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

// ReadJSON reads a JSON report. It returns an error for anything else: another
// format, a member that it does not know, or text behind the object.
func ReadJSON(r io.Reader) (*suite.Run, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	read := document{Run: &suite.Run{}}
	if err := decoder.Decode(&read); err != nil {
		return nil, fmt.Errorf("read JSON report: %w", err)
	}
	if read.Format != format {
		return nil, fmt.Errorf("read JSON report: its format is %q, not %q", read.Format, format)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read JSON report: there is more behind the report")
	}
	return read.Run, nil
}
