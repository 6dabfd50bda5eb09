package suite_test

import (
	"fmt"
	"testing/fstest"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func ExampleLoad() {
	files := fstest.MapFS{"mine.yaml": {Data: []byte(`
- id: mine/no-such-site
  why: An unknown site is rejected.
  evidence: documented
  level: must
  violates: SiteNotFound
  server:
    steps:
      - request: {parameters: [SiteId: "1", Domains: www.example.com]}
        responses: [{row: SiteNotFound}]
`)}}
	cases, err := suite.Load(files)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cases[0].ID, cases[0].Server.Needs)

	files["wrong.yaml"] = &fstest.MapFile{Data: []byte("- id: mine/other\n  color: blue\n")}
	_, err = suite.Load(files)
	fmt.Println(err)
	// Output:
	// mine/no-such-site [keys.account]
	// wrong.yaml:2:3: unknown field "color"
}

func ExampleSelect() {
	cases := []suite.Case{{ID: "domains/wildcard/alone"}, {ID: "domains/list/one"}, {ID: "types/empty"}}
	selected, err := suite.Select(cases, []string{"domains/**"}, []string{"**/alone"})
	fmt.Println(len(selected), selected[0].ID, err)
	_, err = suite.Select(cases, []string{"domain/**"}, nil)
	fmt.Println(err)
	// Output:
	// 1 domains/list/one <nil>
	// --run: no case matches "domain/**"
}

func ExampleApplyKnown() {
	known, err := suite.ParseKnown("known.yaml", []byte(`
- case: clients/odd/html-503
  check: status
  subject: node
  reason: the client throws a SyntaxError and does not keep the status
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	run := suite.Run{Subjects: []string{"node"}, Results: []suite.Result{{
		Case: "clients/odd/html-503", Subject: "node", Verdict: suite.Failed,
		Checks: []suite.Check{{Name: "kind", Verdict: suite.Passed}, {Name: "status", Verdict: suite.Failed}},
	}}}
	fmt.Println(suite.ApplyKnown(known, &run), run.Results[0].Verdict, run.ExitCode())
	// Output:
	//  known-failure 0
}

func ExampleExpand() {
	targets, err := suite.ParseTargets("targets.yaml", []byte("sites: {active: {id: 5, name: example.com}}"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(suite.Expand("www.${unique}.${site.active.name}", targets, "k3x9"))
	_, err = suite.Expand("${site.cname.id}", targets, "k3x9")
	fmt.Println(err)
	// Output:
	// www.k3x9.example.com <nil>
	// placeholder ${site.cname.id}: no site cname in the targets file
}
