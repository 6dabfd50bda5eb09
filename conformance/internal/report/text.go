package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Text writes a run for a terminal or a log: one line for each case that did not pass,
// the exchanges of failures, known failures with reasons, skipped cases with unmet
// needs, and the verdict with the exit code.
type Text struct{ TextOptions }

// TextOptions are the options of Text. The zero value suits a log.
type TextOptions struct {
	Verbose bool             // also write a line for each case that passes
	Color   bool             // ANSI colors
	Matrix  bool             // also write a table of cases and subjects (at the end)
	Live    bool             // show progress in the last line of the terminal (NewText only)
	Total   int              // expected number of results, for Live; 0 if unknown
	Secrets *redact.Redactor // redacts what is written; nil if the run is already redacted
}

// Write writes the run to w.
func (t Text) Write(w io.Writer, run *suite.Run) error {
	t.Live = false
	progress := NewText(w, t.TextOptions)
	for _, r := range run.Results {
		progress.Result(r)
	}
	return progress.End(run)
}

// Progress writes a text report during a run. It is not safe for concurrent use.
type Progress struct {
	w       io.Writer
	options TextOptions
	paint   painter
	seen    int
	live    bool // the last line of the terminal shows progress
	err     error
}

// NewText starts a text report. Call Result with each result and End with the whole
// run.
func NewText(w io.Writer, options TextOptions) *Progress {
	return &Progress{w: w, options: options, paint: painter{options.Color}}
}

// Result writes a line for a result that did not pass, or for any if Verbose is set.
// End returns its write errors.
func (p *Progress) Result(r suite.Result) {
	r = escapeResult(r.Redacted(p.options.Secrets))
	p.seen++
	var b bytes.Buffer
	p.clearLine(&b)
	if r.Verdict != suite.Passed || p.options.Verbose {
		fmt.Fprintf(&b, "%s %s%s\n", p.paint.badge(r), oneLine(r.Case), p.paint.faint(lineSuffix(r)))
	}
	if p.options.Live {
		p.live = true
		fmt.Fprintf(&b, "%s %s", p.count(), oneLine(r.Case))
	}
	p.write(b.Bytes())
}

// End writes the rest of the report and returns the first write error.
func (p *Progress) End(run *suite.Run) error {
	run = escapeRun(run.Redacted(p.options.Secrets))
	var b bytes.Buffer
	p.clearLine(&b)
	p.writeMatrix(&b, run)
	p.writeFailures(&b, run)
	p.writeKnown(&b, run)
	p.writeUnmatched(&b, run)
	p.writeSkipped(&b, run)
	p.writeVerdict(&b, run)
	p.write(b.Bytes())
	return p.err
}

func (p *Progress) write(b []byte) {
	if p.err != nil {
		return
	}
	if _, err := p.w.Write(b); err != nil {
		p.err = fmt.Errorf("write text report: %w", err)
	}
}

func (p *Progress) clearLine(b *bytes.Buffer) {
	if p.live {
		b.WriteString("\r\x1b[K")
		p.live = false
	}
}

func (p *Progress) count() string {
	if p.options.Total > 0 {
		return fmt.Sprintf("%d/%d", p.seen, p.options.Total)
	}
	return fmt.Sprint(p.seen)
}

// maxSuffixRunes is the number of characters of a reason on the line of a case.
const maxSuffixRunes = 100

// lineSuffix returns what follows the case ID on its line.
func lineSuffix(r suite.Result) string {
	suffix := "  " + oneLine(r.Subject) + "  " + formatDuration(r.Duration)
	if r.Verdict == suite.Passed {
		return suffix
	}
	why := []rune(oneLine(summaryOf(r)))
	if len(why) > maxSuffixRunes {
		why = append(why[:maxSuffixRunes], '…')
	}
	return suffix + "  " + string(why)
}

// summaryOf returns the reason of a result, or the names of the checks with the same
// verdict.
func summaryOf(r suite.Result) string {
	if r.Reason != "" {
		return r.Reason
	}
	var names []string
	for _, c := range r.Checks {
		if c.Verdict == r.Verdict {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

func formatDuration(d time.Duration) string { return d.Round(time.Millisecond).String() }

// writeFailures writes each failure with its checks and exchanges. Failures with only a
// reason, for example after an adapter exited, are grouped by it.
func (p *Progress) writeFailures(b *bytes.Buffer, run *suite.Run) {
	for _, r := range run.Results {
		if !failsRun(r) && !r.Tolerated() || hasOnlyReason(r) {
			continue
		}
		fmt.Fprintf(b, "\n%s %s  %s\n", p.paint.badge(r), p.paint.bold(oneLine(r.Case)), oneLine(r.Subject))
		fmt.Fprintf(b, "%s\n", indent(fmt.Sprintf("%s (%s, %s)", r.Why, r.Level, r.Evidence), "  "))
		b.WriteString(indent(checksText(r), "  "))
		b.WriteString(indent(exchangesText(r), "  "))
	}
	for _, same := range byReason(run.Results, func(r suite.Result) bool { return failsRun(r) && hasOnlyReason(r) }) {
		fmt.Fprintf(b, "\n%s  %s\n%s\n", p.paint.bold(plural(same.n, "result")), oneLine(same.reason), indent(oneLine(firstFew(same.cases)), "  "))
	}
}

func hasOnlyReason(r suite.Result) bool { return len(r.Checks) == 0 && len(r.Exchanges) == 0 }

func (p *Progress) writeKnown(b *bytes.Buffer, run *suite.Run) {
	all := knownFailures(run.Results)
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", p.paint.bold("Known failures"))
	for _, k := range all {
		name := oneLine(k.Result.Case)
		if k.Check != "" {
			name += ", " + oneLine(k.Check)
		}
		fmt.Fprintf(b, "  %s  %s\n%s\n", name, p.paint.faint(oneLine(k.Result.Subject)), indent(k.Reason, "      "))
	}
}

func (p *Progress) writeUnmatched(b *bytes.Buffer, run *suite.Run) {
	if len(run.Unmatched) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", p.paint.bold("Known failures that match no case"))
	for _, message := range run.Unmatched {
		fmt.Fprintf(b, "  %s\n", oneLine(message))
	}
}

func (p *Progress) writeSkipped(b *bytes.Buffer, run *suite.Run) {
	all := skippedGroups(run.Results)
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", p.paint.bold("Skipped"))
	for _, u := range all {
		fmt.Fprintf(b, "  %s  %s\n%s\n", plural(u.n, "result"), oneLine(u.reason), indent(oneLine(firstFew(u.cases)), "      "))
	}
}

// firstFew joins the first names and counts the others.
func firstFew(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

func (p *Progress) writeVerdict(b *bytes.Buffer, run *suite.Run) {
	counted := counts(run)
	parts := []string{}
	for _, verdict := range slices.Backward(verdicts()) {
		if counted[verdict] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counted[verdict], verdict))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing ran"}
	}
	code := run.ExitCode()
	fmt.Fprintf(b, "\n%s, contract %s: %s in %s\n", oneLine(strings.Join(run.Subjects, ", ")), oneLine(run.Contract),
		strings.Join(parts, ", "), formatDuration(run.Duration))
	fmt.Fprintf(b, "%s (exit code %d)\n", p.paint.outcome(Explain(code), code), code)
}
