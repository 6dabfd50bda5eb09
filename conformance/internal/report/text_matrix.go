package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// writeMatrix writes a table with a row for each case and a column for each subject.
func (p *Progress) writeMatrix(b *bytes.Buffer, run *suite.Run) {
	if !p.options.Matrix {
		return
	}
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	row := func(cells []string) {
		for i := range cells {
			cells[i] = oneLine(cells[i])
		}
		_, _ = table.Write([]byte(strings.Join(cells, "\t") + "\n")) // to memory
	}
	b.WriteByte('\n')
	row(append([]string{"case"}, run.Subjects...))
	for _, results := range suite.ByCase(run.Results) {
		cells := []string{results[0].Case}
		for _, subject := range run.Subjects {
			at := slices.IndexFunc(results, func(r suite.Result) bool { return r.Subject == subject })
			if at < 0 {
				cells = append(cells, "-")
				continue
			}
			cells = append(cells, matrixCell(results[at]))
		}
		row(cells)
	}
	_ = table.Flush()
}

// matrixCell counts the checks of a result by verdict, for example "ok 12 unsup 6".
func matrixCell(r suite.Result) string {
	counted := map[suite.Verdict]int{}
	for _, c := range r.Checks {
		counted[c.Verdict]++
	}
	var parts []string
	for _, verdict := range verdicts() {
		if counted[verdict] > 0 {
			word, _ := badgeWord(suite.Result{Verdict: verdict, Level: r.Level})
			parts = append(parts, fmt.Sprintf("%s %d", word, counted[verdict]))
		}
	}
	if len(parts) == 0 {
		word, _ := badgeWord(r)
		return word
	}
	return strings.Join(parts, " ")
}
