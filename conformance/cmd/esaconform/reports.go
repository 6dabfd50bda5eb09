package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/report"
	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// standardOutput is the file name that stands for it.
const standardOutput = "-"

// reports are where a run is told: as text while it goes on, and in the files of
// --report.
type reports struct {
	progress *report.Progress
	files    []reportFile
	out      io.Writer
	secrets  *redact.Redactor
	plan     *plan
}

type reportFile struct {
	writer report.Writer
	file   *report.File // nil for standard output
}

// reports opens every report, so that a path that cannot be written is known
// before anything runs.
func (f *runFlags) reports(s streams, p *plan, subjects int, secrets []string) (*reports, error) {
	r := &reports{out: s.out, secrets: redact.New(secrets...), plan: p}
	var taken []string
	for _, text := range f.Report {
		name, err := r.open(text)
		if err != nil {
			return nil, usageError(err)
		}
		if slices.Contains(taken, name) {
			return nil, usageError(fmt.Errorf("--report: %s is used for two reports", name))
		}
		taken = append(taken, name)
	}
	text, live := s.out, s.terminal
	if slices.Contains(taken, standardOutput) {
		text, live = s.err, false
	}
	r.progress = report.NewText(text, report.TextOptions{
		Verbose: f.Verbose, Color: f.Color == "always" || f.Color == "auto" && live, Live: live,
		Total: len(p.selected) * subjects, Secrets: r.secrets,
	})
	return r, nil
}

func (r *reports) open(text string) (name string, err error) {
	format, name, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return "", fmt.Errorf("--report %s: want FORMAT=FILE, for example html=report.html", text)
	}
	writer, err := report.Format(format).Writer()
	if err != nil {
		return "", fmt.Errorf("--report %s: %w", text, err)
	}
	if name == standardOutput {
		r.files = append(r.files, reportFile{writer, nil})
		return name, nil
	}
	file, err := report.Open(name)
	if err != nil {
		return "", fmt.Errorf("--report %s: %w", text, err)
	}
	r.files = append(r.files, reportFile{writer, file})
	return name, nil
}

// result tells of one result while the run goes on.
func (r *reports) result(result suite.Result) { r.progress.Result(r.plan.asKnown(result)) }

// end writes the reports of a whole run. Its error has the exit code.
func (r *reports) end(run *suite.Run) error {
	r.plan.applyKnown(run)
	run = r.secrets.Run(run)
	errs := []error{r.progress.End(run)}
	for _, f := range r.files {
		errs = append(errs, f.write(r.out, run))
	}
	if err := errors.Join(errs...); err != nil {
		return internalError(err)
	}
	if code := run.ExitCode(); code != suite.ExitPassed {
		return &exitError{code: code}
	}
	return nil
}

func (f reportFile) write(out io.Writer, run *suite.Run) error {
	if f.file != nil {
		return f.file.Write(f.writer, run)
	}
	var whole bytes.Buffer
	if err := f.writer.Write(&whole, run); err != nil {
		return err
	}
	if _, err := out.Write(whole.Bytes()); err != nil {
		return fmt.Errorf("write report to standard output: %w", err)
	}
	return nil
}
