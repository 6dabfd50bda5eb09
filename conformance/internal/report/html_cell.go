package report

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// maxHTMLBytes is the number of bytes of a request or response that the page shows.
const maxHTMLBytes = 32 << 10

// cellView is the result of a case for one subject.
type cellView struct {
	Present             bool
	Subject             string
	Verdict             kind
	Symbol, Label, Took string
	Reason              string
	Open                bool
	Checks              []checkView
	Exchanges           []exchangeView
}

type checkView struct {
	Name          string
	Verdict       kind
	Symbol, Label string
	Plain         string // the wanted value, if the check passed
	Compared      bool
	Want, Got     []segment
	Reason        string
}

type exchangeView struct {
	Title, Took, Request, Response, Error string
	Difference                            []segment
}

func newCellView(r suite.Result) cellView {
	shown := kindOf(r).view()
	view := cellView{
		Present: true, Subject: oneLine(r.Subject), Verdict: shown.Verdict, Symbol: shown.Symbol, Label: shown.Label,
		Took: formatDuration(r.Duration), Reason: escape(r.Reason), Open: failsRun(r),
	}
	for _, c := range r.Checks {
		view.Checks = append(view.Checks, newCheckView(r, c))
	}
	for i, e := range r.Exchanges {
		title := "Exchange"
		if len(r.Exchanges) > 1 {
			title = fmt.Sprintf("Exchange %d of %d", i+1, len(r.Exchanges))
		}
		view.Exchanges = append(view.Exchanges, exchangeView{
			Title: title, Took: formatDuration(e.Duration), Request: escapeMessage(e.Request, maxHTMLBytes), Response: escapeMessage(e.Response, maxHTMLBytes),
			Error: escape(e.Error), Difference: differenceSegments(escape(e.Difference)),
		})
	}
	return view
}

func newCheckView(r suite.Result, c suite.Check) checkView {
	shown := kindOf(suite.Result{Verdict: c.Verdict, Level: r.Level}).view()
	view := checkView{Name: oneLine(c.Name), Verdict: shown.Verdict, Symbol: shown.Symbol, Label: shown.Label}
	if c.Reason != r.Reason {
		view.Reason = escape(c.Reason)
	}
	if isComparison(c) {
		view.Compared = true
		view.Want, view.Got = difference(escapeMessage(c.Want, maxHTMLBytes), escapeMessage(c.Got, maxHTMLBytes))
	} else {
		view.Plain = oneLine(c.Want)
	}
	return view
}

// differenceSegments marks the differing bytes in the lines "ours" and "theirs" of a
// difference. It drops the line below that points to the first one, which would be
// wrong after a line wrap.
func differenceSegments(diff string) []segment {
	const oursLabel, theirsLabel = "\n  ours:   ", "\n  theirs: "
	before, ours, ok := strings.Cut(diff, oursLabel)
	ours, theirs, both := strings.Cut(ours, theirsLabel)
	if !ok || !both {
		if diff == "" {
			return nil
		}
		return []segment{{Text: diff}}
	}
	theirs, rest, _ := strings.Cut(theirs, "\n")
	ourParts, theirParts := difference(ours, theirs)
	segments := append([]segment{{Text: before + oursLabel}}, ourParts...)
	segments = append(segments, segment{Text: theirsLabel})
	segments = append(segments, theirParts...)
	if strings.Trim(rest, " ^") != "" {
		segments = append(segments, segment{Text: "\n" + rest})
	}
	return segments
}
