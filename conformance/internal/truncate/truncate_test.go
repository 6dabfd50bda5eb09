package truncate_test

import (
	"testing"

	"github.com/esacert/esacert/conformance/internal/truncate"
)

func TestTruncate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, s      string
		limit        int
		want, quoted string
	}{
		{"empty", "", 3, "", `""`},
		{"shorter", "ab", 3, "ab", `"ab"`},
		{"equal", "abc", 3, "abc", `"abc"`},
		{"longer", "abcde\n", 3, "abc… (3 more bytes)", `"abc"… (3 more bytes)`},
		{"character at the limit", "ab日c", 3, "ab… (4 more bytes)", `"ab"… (4 more bytes)`},
		{"no UTF-8", "\x80\x81\x82\x83\x84\x85", 5, "\x80\x81\x82\x83\x84… (1 more bytes)", `"\x80\x81\x82\x83\x84"… (1 more bytes)`},
		{"first character longer than the limit", "日本", 1, "… (6 more bytes)", `""… (6 more bytes)`},
		{"nothing", "abc", 0, "… (3 more bytes)", `""… (3 more bytes)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := truncate.String(test.s, test.limit); got != test.want {
				t.Errorf("String: got %q, want %q", got, test.want)
			}
			if got := truncate.Quote(test.s, test.limit); got != test.quoted {
				t.Errorf("Quote: got %s, want %s", got, test.quoted)
			}
		})
	}
}
