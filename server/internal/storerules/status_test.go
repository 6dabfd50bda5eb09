package storerules_test

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/storerules"
)

// A status is found by its exact name only.
func TestParseStatus(t *testing.T) {
	t.Parallel()
	for _, s := range storerules.Statuses() {
		if got, err := storerules.ParseStatus(string(s)); got != s || err != nil {
			t.Errorf("ParseStatus(%q) = %q, %v", s, got, err)
		}
		if _, err := storerules.ParseStatus(strings.ToLower(string(s))); err == nil || !strings.Contains(err.Error(), "is not a status: want exactly Applying, Issued, Failed or Canceled") {
			t.Errorf("in lower case: %v", err)
		}
	}
	if _, err := storerules.ParseStatus(""); err == nil {
		t.Error("the empty string is a status")
	}
}
