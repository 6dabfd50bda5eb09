package clientrunner_test

import (
	"testing"

	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// BenchmarkCase runs one case: start the server, make the call, judge.
func BenchmarkCase(b *testing.B) {
	session, err := clientrunner.Open(b.Context(), clientrunner.Func("model", newReferenceClient().call), clientrunner.Options{Contract: contract(b)})
	if err != nil {
		b.Fatal(err)
	}
	defer session.Close()
	c := testCases(b, "response/row")[0]
	b.ReportAllocs()
	for b.Loop() {
		if result := session.Run(b.Context(), c); result.Verdict != suite.Passed {
			b.Fatal(explain(result))
		}
	}
}
