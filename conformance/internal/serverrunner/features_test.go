package serverrunner_test

import (
	"os"
	"testing"

	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// features returns the cases of testdata/features.yaml.
func features(t *testing.T) []suite.Case {
	t.Helper()
	data, err := os.ReadFile("testdata/features.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(data))
}

// esacertd passes a case for each feature of the case format.
func TestFeatures(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]serverrunner.Options{"sequential": {}, "parallel": {Parallel: 4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := features(t)
			result := run(t, localTarget(t), list, options)
			if len(result.Results) != len(list) {
				t.Fatalf("got %d results, want %d", len(result.Results), len(list))
			}
			for i := range result.Results {
				r := &result.Results[i]
				if r.Case != list[i].ID {
					t.Errorf("result %d: got case %s, want %s", i, r.Case, list[i].ID)
				}
				if r.Verdict != suite.Passed {
					report(t, r)
				}
			}
		})
	}
}
