package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/report"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// standardOutput is the file name for standard output.
const standardOutput = "-"

// reports are the progress of a run and the reports of --report.
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

// reports opens all reports, so that a path that cannot be written is reported before
// the run.
func (f *runFlags) reports(s streams, p *plan, subjects int, secrets []string) (*reports, error) {
	r := &reports{out: s.out, secrets: redact.New(secrets...), plan: p}
	var taken []string
	for _, value := range f.Report {
		name, err := r.open(value)
		if err != nil {
			return nil, usageError(err)
		}
		if slices.Contains(taken, name) {
			return nil, usageError(fmt.Errorf("--report: %s is used for two reports", name))
		}
		taken = append(taken, name)
	}
	out, live := s.out, s.terminal
	if slices.Contains(taken, standardOutput) {
		out, live = s.err, false
	}
	r.progress = report.NewText(out, report.TextOptions{
		Verbose: f.Verbose, Color: f.Color == "always" || f.Color == "auto" && live, Live: live,
		Total: len(p.selected) * subjects, Secrets: r.secrets,
	})
	return r, nil
}

func (r *reports) open(value string) (name string, err error) {
	format, name, ok := strings.Cut(value, "=")
	if !ok || name == "" {
		return "", fmt.Errorf("--report %s: want FORMAT=FILE, for example html=report.html", value)
	}
	writer, err := report.Format(format).Writer()
	if err != nil {
		return "", fmt.Errorf("--report %s: %w", value, err)
	}
	if name == standardOutput {
		r.files = append(r.files, reportFile{writer, nil})
		return name, nil
	}
	file, err := report.Open(name)
	if err != nil {
		return "", fmt.Errorf("--report %s: %w", value, err)
	}
	r.files = append(r.files, reportFile{writer, file})
	return name, nil
}

// result reports one result during the run.
func (r *reports) result(result suite.Result) { r.progress.Result(r.plan.asKnown(result)) }

// end writes the reports of a whole run. It returns an error with the exit code.
func (r *reports) end(run *suite.Run) error {
	r.plan.applyKnown(run)
	run = run.Redacted(r.secrets)
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
