package clientrunner_test

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// testCases returns the cases in testdata that match ids, or all.
func testCases(t testing.TB, ids ...string) []suite.Case {
	t.Helper()
	loaded, err := suite.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := suite.AddContractCases(loaded, contract(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) == 0 {
		return all
	}
	selected, err := suite.Select(all, ids, nil)
	if err != nil {
		t.Fatal(err)
	}
	return selected
}

// readContract reads the contract once, because that takes a while.
var readContract = sync.OnceValues(suite.ReadContract)

func contract(t testing.TB) *suite.Contract {
	t.Helper()
	c, err := readContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func run(t testing.TB, call adapters.Handler, cases []suite.Case) []suite.Result {
	t.Helper()
	return runWithin(t, 10*time.Second, call, cases)
}

func runWithin(t testing.TB, grace time.Duration, call adapters.Handler, cases []suite.Case) []suite.Result {
	t.Helper()
	results, err := clientrunner.Run(t.Context(), clientrunner.Func("model", call), cases, clientrunner.Options{Contract: contract(t), Grace: grace})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestReferenceClientPasses(t *testing.T) {
	t.Parallel()
	cases := testCases(t)
	results := run(t, newReferenceClient().call, cases)
	if len(results) < 30 {
		t.Errorf("%d results", len(results))
	}
	for _, result := range results {
		if result.Verdict != suite.Passed {
			t.Errorf("%s: %s\n%s", result.Case, result.Verdict, explain(result))
		}
	}
}
