package config

import (
	"regexp"
	"testing"
)

// The example is the documentation of the file, so it must have every key,
// in use or in a comment.
func TestExampleExplainsEveryKey(t *testing.T) {
	t.Parallel()
	for _, of := range kinds() {
		if len(of.keys()) == 0 {
			t.Errorf("%s has no keys", of)
		}
		for _, key := range of.keys() {
			// At the beginning of a line, of an item, or of a comment.
			line := regexp.MustCompile(`(?m)^[ #-]*` + key + `:( |$)`)
			if !line.MatchString(exampleText) {
				t.Errorf("the key %s of %s is not in the example", key, of)
			}
		}
	}
	if unknown := kind("nothing").keys(); unknown != nil {
		t.Errorf("an unknown kind has the keys %q", unknown)
	}
}
