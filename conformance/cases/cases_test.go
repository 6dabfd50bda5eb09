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

// Every row has a server case, a client case, a scenario and a Go value.
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
	for _, row := range c.Rows {
		for _, what := range []struct {
			missing string
			drop    func(suite.Case) suite.Case
		}{
			{"no server case", func(of suite.Case) suite.Case {
				if of.Violates == row.Key && !strings.HasPrefix(of.ID, "scenarios/") {
					of.Server = nil
				}
				return of
			}},
			{"no scenario case", func(of suite.Case) suite.Case {
				if of.ID == "scenarios/"+row.Key {
					of.Server = nil
				}
				return of
			}},
			{"no client case", func(of suite.Case) suite.Case {
				if of.Violates == row.Key {
					of.Client = nil
				}
				return of
			}},
		} {
			fewer := make([]suite.Case, len(list))
			for i := range list {
				fewer[i] = what.drop(list[i])
				if fewer[i].Client != nil && mentions(fewer[i].Client, row.Key) && what.missing == "no client case" {
					fewer[i].Client = nil
				}
			}
			want := fmt.Sprintf("row %d %s: %s", row.Number, row.Key, what.missing)
			if got := c.Uncovered(fewer); !slices.Equal(got, []string{want}) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
	c.Rows[0].Message = "something else"
	if got := c.Uncovered(list); len(got) != 1 || !strings.HasSuffix(got[0], "no equal Go value") {
		t.Errorf("row without an equal Go value: got %q", got)
	}
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
