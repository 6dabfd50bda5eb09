package config

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/docpath"
)

func TestSuggest(t *testing.T) {
	t.Parallel()
	names := []string{"id", "name", "access", "access_keys"}
	for typed, want := range map[string]string{
		"acess": "access", "ACCESS": "", "access_key": "access_keys", "nmae": "name", "x": "", "": "", "nothing like it": "",
	} {
		if got := suggest(typed, names); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "bc", 1}, {"kitten", "sitting", 3},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestJoinOr(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{
		"nothing": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"},
	} {
		if got := joinOr(names); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}

func TestQuotedIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 100)
	if got, want := quoted(long), `"`+long[:maxQuoted]+`"…`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	path := docpath.Member(docpath.Item(docpath.Member("", "policies"), 2), "a.b'c")
	if want := `policies[2].'a.b\'c'`; path != want {
		t.Fatalf("got %s, want %s", path, want)
	}
	for range 4 {
		path = parent(path)
	}
	if path != "" {
		t.Errorf("the topmost parent is %q", path)
	}
}
