package report_test

import (
	"fmt"
	"os"
	"slices"

	"github.com/esacert/esacert/conformance/internal/report"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// The matrix counts the checks of each case and client.
func ExampleText_matrix() {
	checks := func(verdicts ...suite.Verdict) []suite.Check {
		var checks []suite.Check
		for i, verdict := range verdicts {
			checks = append(checks, suite.Check{Name: fmt.Sprint("variant ", i), Verdict: verdict, Reason: "ö is read as o"})
		}
		return checks
	}
	run := &suite.Run{Contract: "2024-09-10", Side: suite.ClientSide, Subjects: []string{"gosdk", "node"}}
	for _, r := range []suite.Result{
		{Case: "accepted", Subject: "gosdk", Checks: checks(suite.Passed, suite.Passed, suite.Unsupported)},
		{Case: "accepted", Subject: "node", Checks: checks(suite.Passed, suite.Passed, suite.Passed)},
		{Case: "form", Subject: "gosdk", Checks: checks(suite.Unsupported)},
		{Case: "form", Subject: "node", Checks: checks(suite.Passed, suite.KnownFailure)},
		{Case: "größer", Subject: "gosdk", Verdict: suite.NotRun, Reason: "no keys"},
		{Case: "größer", Subject: "node", Checks: checks(suite.Passed)},
		{Case: "empty", Subject: "node", Checks: checks(suite.KnownFailure)},
	} {
		r.Judge()
		run.Results = append(run.Results, r)
	}
	run.Results = slices.Concat(suite.ByCase(run.Results)...)
	text := report.Text{TextOptions: report.TextOptions{Matrix: true}}
	if err := text.Write(os.Stdout, run); err != nil {
		fmt.Println(err)
	}
	// Output:
	// unsup   form  gosdk  0s  variant 0
	// known   form  node  0s  variant 1
	// not run größer  gosdk  0s  no keys
	// known   empty  node  0s  variant 0
	//
	// case      gosdk         node
	// accepted  unsup 1 ok 2  ok 3
	// form      unsup 1       known 1 ok 1
	// größer    not run       ok 1
	// empty     -             known 1
	//
	// Known failures
	//   form, variant 1  node
	//       ö is read as o
	//   empty, variant 0  node
	//       ö is read as o
	//
	// Skipped
	//   1 result  unsupported by the client
	//       form
	//   1 result  not run: no keys
	//       größer
	//
	// gosdk, node, contract 2024-09-10: 3 passed, 1 not-run, 1 unsupported, 2 known-failure in 0s
	// passed: every case that ran passed or is a known failure (exit code 0)
}
