package cases_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaops"
)

func all(t *testing.T) []suite.Case {
	t.Helper()
	list, err := suite.LoadWithContract(cases.FS())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func contract(t *testing.T) *suite.Contract {
	t.Helper()
	c, err := suite.ReadContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every operation has server and client cases, and every row a Go value and a client
// case; those of ApplyCertificate also have a server case and a scenario.
func TestEveryRowIsCovered(t *testing.T) {
	t.Parallel()
	c := contract(t)
	if len(c.Rows) != 15 || len(esaops.ApplyCertificate.Errors) != 15 {
		t.Errorf("got %d rows in the contract and %d Go values, want 15", len(c.Rows), len(esaops.ApplyCertificate.Errors))
	}
	for _, gap := range c.Uncovered(all(t)) {
		t.Error(gap)
	}
}

// Uncovered detects each missing case.
func TestUncoveredDetectsMissingCases(t *testing.T) {
	t.Parallel()
	c, list := contract(t), all(t)
	for _, facts := range esaops.All() {
		operation, err := c.Lookup(facts.Action)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range operation.Rows {
			for what, isAbout := range missingCases(facts, row) {
				fewer := make([]suite.Case, len(list))
				for i, of := range list {
					if isAbout.server(&of) {
						of.Server = nil
					}
					if isAbout.client(&of) {
						of.Client = nil
					}
					fewer[i] = of
				}
				want := fmt.Sprintf("%s row %d %s: %s", facts.Action, row.Number, row.Key, what)
				if got := c.Uncovered(fewer); !slices.Equal(got, []string{want}) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		}
	}
	c.Rows[0].Message = "something else"
	if got := c.Uncovered(list); len(got) != 1 || !strings.HasSuffix(got[0], "no equal Go value") {
		t.Errorf("row without an equal Go value: got %q", got)
	}
}

// about has the sides of a case to drop.
type about struct{ server, client func(*suite.Case) bool }

// missingCases returns the cases to drop for each message about a row.
func missingCases(facts *esaops.Operation, row suite.Row) map[string]about {
	never := func(*suite.Case) bool { return false }
	missing := map[string]about{
		"no client case": {never, func(of *suite.Case) bool {
			return of.Client != nil && calls(of.Client.Call.Operation, facts) && mentions(of.Client, row.Key)
		}},
	}
	if facts == esaops.ApplyCertificate {
		missing["no server case"] = about{func(of *suite.Case) bool {
			return of.Server != nil && calls(lastOperation(of), facts) && of.Violates == row.Key && !strings.HasPrefix(of.ID, "scenarios/")
		}, never}
		missing["no scenario case"] = about{func(of *suite.Case) bool { return of.ID == "scenarios/"+row.Key }, never}
	}
	return missing
}

// Uncovered detects an operation without cases.
func TestUncoveredDetectsMissingOperations(t *testing.T) {
	t.Parallel()
	c, list := contract(t), all(t)
	for _, facts := range esaops.All() {
		for what, drop := range map[string]func(*suite.Case){
			"no server case": func(of *suite.Case) {
				if of.Server != nil && calls(lastOperation(of), facts) {
					of.Server = nil
				}
			},
			"no client case": func(of *suite.Case) {
				if of.Client != nil && calls(of.Client.Call.Operation, facts) {
					of.Client = nil
				}
			},
		} {
			fewer := slices.Clone(list)
			for i := range fewer {
				drop(&fewer[i])
			}
			if got, want := c.Uncovered(fewer), facts.Action+": "+what; !slices.Contains(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func calls(operation string, facts *esaops.Operation) bool {
	found, _ := suite.LookupFacts(operation)
	return found == facts
}

func lastOperation(of *suite.Case) string {
	return of.Server.Steps[len(of.Server.Steps)-1].Request.Operation
}

func mentions(c *suite.ClientCase, key string) bool {
	return slices.ContainsFunc(c.Outcomes, func(o suite.ExpectedOutcome) bool { return o.Row == key })
}

// Every expected group has cases.
func TestGroups(t *testing.T) {
	t.Parallel()
	groups, sides := map[string]int{}, map[suite.Side]int{}
	for _, c := range all(t) {
		group, _, _ := strings.Cut(c.ID, "/")
		groups[group]++
		if c.Server != nil {
			sides[suite.ServerSide]++
		}
		if c.Client != nil {
			sides[suite.ClientSide]++
		}
	}
	for _, facts := range esaops.All()[1:] {
		if groups[facts.Action] < 10 {
			t.Errorf("got %d cases in group %s", groups[facts.Action], facts.Action)
		}
	}
	for _, group := range []string{
		"example", "errors", "scenarios", "gateway", "parameters", "sites", "domains", "types", "signatures", "clock", "nonce",
		"tokens", "ram", "headers", "http", "clients",
	} {
		if groups[group] == 0 {
			t.Errorf("no case in group %s", group)
		}
	}
	t.Logf("%d cases for servers, %d for clients; groups %v", sides[suite.ServerSide], sides[suite.ClientSide], groups)
}
