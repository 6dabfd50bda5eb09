package clientrunner_test

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// A client that loses the message of an error fails the check for it.
func ExampleRun() {
	faulty := func(ctx context.Context, request adapters.Request) adapters.Result {
		result := newReferenceClient().call(ctx, request) // the client under test
		if result.Error != nil {
			result.Error.Message = "it did not work"
		}
		return result
	}
	call := suite.Call{Parameters: []suite.Parameter{{Name: "SiteId", Value: "1234567890123"}, {Name: "Domains", Value: "example.com"}}}
	cases := []suite.Case{
		{ID: "accepted", Client: &suite.ClientCase{
			Call: call, Script: []suite.Reply{{Example: "documented"}}, Outcomes: []suite.ExpectedOutcome{{OK: true}},
		}},
		{ID: "refused", Client: &suite.ClientCase{
			Call: call, Script: []suite.Reply{{Row: "SiteNotFound"}}, Outcomes: []suite.ExpectedOutcome{{Row: "SiteNotFound"}},
		}},
	}
	results, err := clientrunner.Run(context.Background(), clientrunner.Func("faulty", faulty), cases, clientrunner.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, result := range results {
		fmt.Println(result.Case, result.Verdict)
		for _, check := range result.Checks {
			if check.Verdict == suite.Failed {
				fmt.Printf("  %s: want %q, got %q\n", check.Name, check.Want, check.Got)
			}
		}
	}
	// Output:
	// accepted passed
	// refused failed
	//   message: want "The specified site is not found.", got "it did not work"
}
