package excerpt

import "testing"

func TestTruncateAndQuote(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ s, truncated, quoted string }{
		{"", "", `""`},
		{"abcd", "abcd", `"abcd"`},
		{"abcde", "abcd…", `"abcd"…`},
		{"abcé", "abc…", `"abc"…`}, // é is two bytes
		{"éé", "éé", `"éé"`},
		{"éééé", "éé…", `"éé"…`},
		{"a\"\nb", "a\"\nb", `"a\"\nb"`},
		{"a\xffbcd", "abc…", `"abc"…`},
		{"\xff", "\xff", `"\xff"`},
	} {
		if got := Truncate(c.s, 4); got != c.truncated {
			t.Errorf("Truncate(%q) = %q, want %q", c.s, got, c.truncated)
		}
		if got := Quote(c.s, 4); got != c.quoted {
			t.Errorf("Quote(%q) = %s, want %s", c.s, got, c.quoted)
		}
	}
}
