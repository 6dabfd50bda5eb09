package report

import (
	"fmt"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// kind is a verdict as it is shown: waived stands for a failure that level may
// allows, which is no reason to look for what is broken.
type kind string

const waivedKind kind = "waived"

func kindOf(r suite.Result) kind {
	if waived(r) {
		return waivedKind
	}
	return kind(r.Verdict)
}

// meaning is a word with what it means.
type meaning struct{ Word, Means string }

// countView is a kind with how it is shown and how often it is there.
type countView struct {
	Verdict kind
	Symbol  string
	Label   string
	Means   string
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
		{Verdict: kind(suite.Failed), Symbol: "✗", Label: "failed", Means: "A check does not hold."},
		{Verdict: kind(suite.Broken), Symbol: "!", Label: "broken", Means: "It could not be judged: a hang, a crash, no connection."},
		{Verdict: kind(suite.StaleKnown), Symbol: "↺", Label: "stale", Means: "It was known to fail and has passed: its entry among the known failures has to go."},
		{Verdict: waivedKind, Symbol: "△", Label: "failed may", Means: "A check of level may does not hold, which is allowed."},
		{Verdict: kind(suite.KnownFailure), Symbol: "≈", Label: "known failure", Means: "It fails, is known to, and the reason is told."},
		{Verdict: kind(suite.Unsupported), Symbol: "∅", Label: "unsupported", Means: "The client has no way to make the call."},
		{Verdict: kind(suite.NotRun), Symbol: "○", Label: "not run", Means: "What it needs was not given."},
		{Verdict: kind(suite.Passed), Symbol: "✓", Label: "passed", Means: "Every check holds."},
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

func legend() []meaning {
	return []meaning{
		{string(suite.Documented), sourceMeans(suite.Documented)},
		{string(suite.Gateway), sourceMeans(suite.Gateway)},
		{string(suite.Observed), sourceMeans(suite.Observed)},
		{string(suite.Inferred), sourceMeans(suite.Inferred)},
	}
}

func sourceMeans(source suite.Source) string {
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

func levelMeans(level suite.Level) string {
	switch level {
	case suite.Must:
		return "If it does not hold, the run fails."
	case suite.Should:
		return "It is advised; if it does not hold, the run fails."
	default:
		return "It is allowed not to hold."
	}
}
