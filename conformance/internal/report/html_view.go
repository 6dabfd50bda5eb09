package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// subjectView is a subject with its counts as a bar.
type subjectView struct {
	Name      string
	Described string
	Bar       []barPart
}

// barPart is a part of a bar of width 1000.
type barPart struct {
	Verdict     kind
	From, Width string
}

// subjectViews puts passed cases first, so that a bar resembles a progress bar.
func subjectViews(run *suite.Run) []subjectView {
	var views []subjectView
	for _, subject := range run.Subjects {
		var results []suite.Result
		for _, r := range run.Results {
			if r.Subject == subject {
				results = append(results, r)
			}
		}
		view := subjectView{Name: oneLine(subject)}
		var words []string
		at := 0.0
		for _, c := range slices.Backward(countViews(results)) {
			if c.N == 0 {
				continue
			}
			width := 1000 * float64(c.N) / float64(len(results))
			view.Bar = append(view.Bar, barPart{c.Verdict, fmt.Sprintf("%.2f", at), fmt.Sprintf("%.2f", width)})
			words = append(words, c.times())
			at += width
		}
		view.Described = strings.Join(words, ", ")
		if len(words) == 0 {
			view.Described = "nothing ran"
		}
		views = append(views, view)
	}
	return views
}

type knownView struct{ Anchor, Case, Check, Subject, Reason string }

func knownViews(run *suite.Run) []knownView {
	var views []knownView
	for _, k := range knownFailures(run.Results) {
		views = append(views, knownView{
			anchor(k.Result.Case), oneLine(k.Result.Case), oneLine(k.Check), oneLine(k.Result.Subject), escape(k.Reason),
		})
	}
	return views
}

type skippedView struct {
	Reason string
	Cases  []caseLink
}

type caseLink struct{ Anchor, ID string }

func skippedViews(run *suite.Run) []skippedView {
	var views []skippedView
	for _, n := range skippedGroups(run.Results) {
		view := skippedView{Reason: oneLine(n.reason)}
		for _, id := range n.cases {
			view.Cases = append(view.Cases, caseLink{anchor(id), oneLine(id)})
		}
		views = append(views, view)
	}
	return views
}

type groupView struct {
	Name, Anchor string
	Failures     int
	Cases        []caseView
}

type caseView struct {
	ID, Rest, Anchor, Why         string
	Evidence                      suite.Evidence
	Level                         suite.Level
	EvidenceMeaning, LevelMeaning string
	Verdicts                      string // of all subjects, for the filter
	Open                          bool
	Cells                         []cellView
}

// maxOpenFailures is the maximum number of failed cases that are initially expanded.
// With more, all are collapsed, so that the list stays readable.
const maxOpenFailures = 3

func groupViews(run *suite.Run) []groupView {
	var (
		groups []groupView
		at     = map[string]int{}
		failed = 0
	)
	for _, results := range suite.ByCase(run.Results) {
		name := group(results[0].Case)
		if _, known := at[name]; !known {
			at[name] = len(groups)
			groups = append(groups, groupView{Name: oneLine(name), Anchor: "group/" + name})
		}
		g := &groups[at[name]]
		view := newCaseView(results, run.Subjects)
		if slices.ContainsFunc(results, failsRun) {
			g.Failures++
			failed++
			view.Open = true
		}
		g.Cases = append(g.Cases, view)
	}
	if failed > maxOpenFailures {
		for _, g := range groups {
			for i := range g.Cases {
				g.Cases[i].Open = false
			}
		}
	}
	return groups
}

func anchor(id string) string { return "case/" + id }

func newCaseView(results []suite.Result, subjects []string) caseView {
	first := results[0]
	_, rest, within := strings.Cut(first.Case, "/")
	if !within {
		rest = first.Case
	}
	view := caseView{
		ID: oneLine(first.Case), Rest: oneLine(rest), Anchor: anchor(first.Case), Why: escape(first.Why),
		Evidence: first.Evidence, EvidenceMeaning: evidenceMeaning(first.Evidence),
		Level: first.Level, LevelMeaning: levelMeaning(first.Level),
	}
	var all []string
	for _, subject := range subjects {
		i := slices.IndexFunc(results, func(r suite.Result) bool { return r.Subject == subject })
		if i < 0 {
			view.Cells = append(view.Cells, cellView{Subject: oneLine(subject), Verdict: "absent", Symbol: "·", Label: "no result"})
			continue
		}
		all = append(all, string(kindOf(results[i])))
		view.Cells = append(view.Cells, newCellView(results[i]))
	}
	view.Verdicts = strings.Join(all, " ")
	return view
}
