package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// HTML writes a run as one self-contained page, which can be sent by mail, attached to
// a build and opened from disk. Its content security policy allows only the page's
// style and the script that filters cases.
type HTML struct{}

// page is the data of the template page.html.
type page struct {
	Policy     string
	Style      template.CSS
	Script     template.JS
	Icon       template.URL
	Title      string
	Side       suite.Side
	Contract   string
	Passed     bool
	Multiple   bool // more than one subject
	Outcome    string
	Explained  string
	Code       suite.ExitCode
	CaseCount  int
	Took       string
	Started    string
	StartedISO string
	Subjects   []subjectView
	Counts     []countView
	Unmatched  []string
	Known      []knownView
	Skipped    []skippedView
	Groups     []groupView
	Legend     []legendEntry
}

// Write writes the run to w.
func (HTML) Write(w io.Writer, run *suite.Run) error {
	functions := template.FuncMap{"plural": plural}
	t, err := template.New("page").Funcs(functions).Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, newPage(run)); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

func newPage(run *suite.Run) page {
	code := run.ExitCode()
	style := fmt.Sprintf(":root{--subjects:%d}\n", max(1, len(run.Subjects))) + pageCSS
	outcome, explained, _ := strings.Cut(Explain(code), ": ")
	p := page{
		Policy: "default-src 'none'; img-src data:; style-src " + cspHash(style) + "; script-src " + cspHash(pageJS) +
			"; base-uri 'none'; form-action 'none'",
		Style:      template.CSS(style), //nolint:gosec // embedded file and a number
		Script:     template.JS(pageJS), //nolint:gosec // embedded file
		Icon:       icon(code),
		Title:      oneLine(title(run, outcome)),
		Side:       run.Side,
		Contract:   oneLine(run.Contract),
		Passed:     code == suite.ExitPassed,
		Multiple:   len(run.Subjects) > 1,
		Outcome:    outcome,
		Explained:  explained,
		Code:       code,
		Took:       formatDuration(run.Duration),
		Started:    run.Started.UTC().Format("2006-01-02 15:04:05 UTC"),
		StartedISO: run.Started.UTC().Format(time.RFC3339),
		Subjects:   subjectViews(run),
		Counts:     countViews(run.Results),
		Unmatched:  oneLineEach(run.Unmatched),
		Known:      knownViews(run),
		Skipped:    skippedViews(run),
		Groups:     groupViews(run),
		Legend:     legend(),
	}
	for _, g := range p.Groups {
		p.CaseCount += len(g.Cases)
	}
	return p
}

func title(run *suite.Run, outcome string) string {
	switch len(run.Subjects) {
	case 0:
		return outcome + ": conformance report"
	case 1:
		return outcome + ": " + run.Subjects[0]
	default:
		return fmt.Sprintf("%s: %d %ss", outcome, len(run.Subjects), run.Side)
	}
}

// cspHash returns the source of a content security policy for an inline script or style.
func cspHash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// icon returns a green or red dot for the browser tab.
func icon(code suite.ExitCode) template.URL {
	color := "#c3241c"
	if code == suite.ExitPassed {
		color = "#117a3a"
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="` + color + `"/></svg>`
	return template.URL("data:image/svg+xml," + url.PathEscape(svg)) //nolint:gosec // built from constants
}
