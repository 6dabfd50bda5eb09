package serverrunner_test

import (
	"os"
	"testing"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

func features(t *testing.T) []suite.Case {
	t.Helper()
	data, err := os.ReadFile("testdata/features.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(data))
}

// What a case can say does what it says: our server answers each as it must.
func TestFeatures(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]serverrunner.Options{"one by one": {}, "four at once": {Parallel: 4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := features(t)
			result := run(t, localTarget(t), list, options)
			if len(result.Results) != len(list) {
				t.Fatalf("%d results of %d cases", len(result.Results), len(list))
			}
			for i := range result.Results {
				r := &result.Results[i]
				if r.Case != list[i].ID {
					t.Errorf("result %d is of %s, want %s", i, r.Case, list[i].ID)
				}
				if r.Verdict != suite.Passed {
					report(t, r)
				}
			}
		})
	}
}
