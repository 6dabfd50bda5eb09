package report

import (
	"fmt"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// kind is a verdict as reports show it. A failure that level may allows is tolerated.
type kind string

const toleratedKind kind = "tolerated"

func kindOf(r suite.Result) kind {
	if r.Tolerated() {
		return toleratedKind
	}
	return kind(r.Verdict)
}

// legendEntry is a label with its meaning.
type legendEntry struct{ Word, Meaning string }

// countView is a kind with its presentation and the number of its results.
type countView struct {
	Verdict kind
	Symbol  string
	Label   string
	Meaning string
	N       int
}

// times returns the number with the label.
func (c countView) times() string {
	if c.Verdict == kind(suite.KnownFailure) {
		return plural(c.N, c.Label)
	}
	return fmt.Sprintf("%d %s", c.N, c.Label)
}

// kinds returns all kinds, the most severe first. Symbol and label distinguish them
// without color.
func kinds() []countView {
	return []countView{
		{Verdict: kind(suite.Failed), Symbol: "✗", Label: "failed", Meaning: "A check failed."},
		{Verdict: kind(suite.Errored), Symbol: "!", Label: "error", Meaning: "The case ended in an error: timeout, crash or no connection."},
		{Verdict: kind(suite.UnexpectedPass), Symbol: "↺", Label: "unexpected pass", Meaning: "A known failure passed: remove its entry."},
		{Verdict: toleratedKind, Symbol: "△", Label: "tolerated", Meaning: "An optional (may) check failed; this is tolerated."},
		{Verdict: kind(suite.KnownFailure), Symbol: "≈", Label: "known failure", Meaning: "It failed as expected; the reason is given."},
		{Verdict: kind(suite.Unsupported), Symbol: "∅", Label: "unsupported", Meaning: "The client cannot make this call."},
		{Verdict: kind(suite.NotRun), Symbol: "○", Label: "not run", Meaning: "Skipped: a required key or site is not in the targets file."},
		{Verdict: kind(suite.Passed), Symbol: "✓", Label: "passed", Meaning: "All checks passed."},
	}
}

func (k kind) view() countView {
	for _, view := range kinds() {
		if view.Verdict == k {
			return view
		}
	}
	return countView{Verdict: k, Symbol: "?", Label: string(k)}
}

func countViews(results []suite.Result) []countView {
	views := kinds()
	for _, r := range results {
		for i := range views {
			if views[i].Verdict == kindOf(r) {
				views[i].N++
			}
		}
	}
	return views
}

func legend() []legendEntry {
	return []legendEntry{
		{string(suite.Documented), evidenceMeaning(suite.Documented)},
		{string(suite.Gateway), evidenceMeaning(suite.Gateway)},
		{string(suite.Observed), evidenceMeaning(suite.Observed)},
		{string(suite.Inferred), evidenceMeaning(suite.Inferred)},
	}
}

func evidenceMeaning(source suite.Evidence) string {
	switch source {
	case suite.Documented:
		return "Stated in the vendor's documentation of the operation."
	case suite.Gateway:
		return "From the gateway's general error list or a recorded response."
	case suite.Observed:
		return "A public client of the service relies on it or reports it."
	default:
		return "Not documented; inferred from known behavior."
	}
}

func levelMeaning(level suite.Level) string {
	switch level {
	case suite.Must:
		return "Required: the run fails if it fails."
	case suite.Should:
		return "Recommended: the run fails if it fails."
	default:
		return "Optional: may fail."
	}
}
