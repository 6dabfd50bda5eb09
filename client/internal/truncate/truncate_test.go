package truncate_test

import (
	"testing"

	"github.com/esacert/esacert/client/internal/truncate"
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
		{"longer", "a\nbcde", 5, "a\n…", `"a\nbcd"…`},
		{"character at the limit", "ab日cdef", 6, "ab…", `"ab日c"…`},
		{"character before the limit", "ab日cdef", 8, "ab日…", `"ab日cde"…`},
		{"quoted character at the limit", "日本", 4, "…", `"日"…`},
		{"no UTF-8", "\x80\x81\x82\x83\x84\x85", 5, "\x80\x81…", `"\x80\x81\x82\x83\x84"…`},
		{"nothing", "abc", 0, "…", `""…`},
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

func TestAround(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		s      string
		offset int
		want   string
		column int
	}{
		{"whole", "abc", 1, `"abc"`, 2},
		{"begin", "abcdefgh", 0, `"abcd"…`, 1},
		{"middle", "abcdefgh", 3, `…"bcdefg"…`, 4},
		{"end", "abcdefgh", 8, `…"gh"`, 4},
		{"beyond the end", "abcdefgh", 9, `…"gh"`, 4},
		{"quoted bytes", "\n\"ü", 2, `"\n\"ü"`, 5},
		{"inside a character", "ü", 1, `"\xc3\xbc"`, 5},
		{"empty", "", 0, `""`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, column := truncate.Around(test.s, test.offset, 2, 4)
			if got != test.want || column != test.column {
				t.Errorf("got %s, column %d, want %s, column %d", got, column, test.want, test.column)
			}
		})
	}
}
