package report

import (
	"fmt"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// kind is a verdict as it is shown: tolerated stands for a failure that level may
// allows, which is no reason to look for what is broken.
type kind string

const toleratedKind kind = "tolerated"

func kindOf(r suite.Result) kind {
	if r.Tolerated() {
		return toleratedKind
	}
	return kind(r.Verdict)
}

// legendEntry is a word with what it means.
type legendEntry struct{ Word, Meaning string }

// countView is a kind with how it is shown and how often it is there.
type countView struct {
	Verdict kind
	Symbol  string
	Label   string
	Meaning string
	N       int
}

// times is how often it is there, in words.
func (c countView) times() string {
	if c.Verdict == kind(suite.KnownFailure) {
		return plural(c.N, c.Label)
	}
	return fmt.Sprintf("%d %s", c.N, c.Label)
}

// kinds gives all kinds, those that want attention first. Shape and word tell
// them apart; colour only helps.
func kinds() []countView {
	return []countView{
		{Verdict: kind(suite.Failed), Symbol: "✗", Label: "failed", Meaning: "A check does not hold."},
		{Verdict: kind(suite.Errored), Symbol: "!", Label: "error", Meaning: "It could not be judged: a hang, a crash, no connection."},
		{Verdict: kind(suite.UnexpectedPass), Symbol: "↺", Label: "unexpected pass", Meaning: "It was known to fail and has passed: its entry among the known failures has to go."},
		{Verdict: toleratedKind, Symbol: "△", Label: "failed may", Meaning: "A check of level may does not hold, which is allowed."},
		{Verdict: kind(suite.KnownFailure), Symbol: "≈", Label: "known failure", Meaning: "It fails, is known to, and the reason is told."},
		{Verdict: kind(suite.Unsupported), Symbol: "∅", Label: "unsupported", Meaning: "The client has no way to make the call."},
		{Verdict: kind(suite.NotRun), Symbol: "○", Label: "not run", Meaning: "What it needs was not given."},
		{Verdict: kind(suite.Passed), Symbol: "✓", Label: "passed", Meaning: "Every check holds."},
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
		return "The fact stands on the vendor's page of the operation."
	case suite.Gateway:
		return "The fact comes from the gateway's general errors or from a real answer."
	case suite.Observed:
		return "A public client of the service relies on the fact, or reports it."
	default:
		return "Nobody wrote it down: the reading that fits what is known."
	}
}

func levelMeaning(level suite.Level) string {
	switch level {
	case suite.Must:
		return "If it does not hold, the run fails."
	case suite.Should:
		return "It is advised; if it does not hold, the run fails."
	default:
		return "It is allowed not to hold."
	}
}
