package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"plain", "a b\n\tc", "a b\n\tc"},
		{"other scripts", "例え é", "例え é"},
		{"controls", "\x00\x1b[2J\x7f\r", "␀␛[2J␡␍"},
		{"C1", "\u0085\u009b", `\u{85}\u{9b}`},
		{"writing direction", "a\u202eb\u2066", `a\u{202e}b\u{2066}`},
		{"invisible", "a\u200bb\ufeff", `a\u{200b}b\u{feff}`},
		{"not UTF-8", "a\xff\xc3(", `a\xff\xc3(`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"invalid in XML", "\ufffe\uffff", `\u{fffe}\u{ffff}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := escape(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := oneLine("a\nb\tc"); got != "a␊b␉c" {
		t.Errorf("one line: got %q", got)
	}
	if got := escapeMessage("a\r\nb\x00cdef", 5); got != "a\nb␀… (4 more bytes)" {
		t.Errorf("message: got %q", got)
	}
	if got := toValidUTF8("a\x00\xff"); got != "a\x00\\xff" {
		t.Errorf("valid: got %q", got)
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"a\x00b", "\xff", "\u202e", "\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := escape(s)
		if !utf8.ValidString(got) || escape(got) != got {
			t.Errorf("escape(%q) is %q, which is not escaped", s, got)
		}
	})
}

// Redacted redacts every free-form string in a copy.
func TestRedactorCoversEveryString(t *testing.T) {
	t.Parallel()
	const s = "hunter22"
	run := &suite.Run{
		Contract: s, Subjects: []string{s}, Unmatched: []string{s},
		Results: []suite.Result{{
			Case: s, Why: s, Subject: s, Reason: s,
			Checks:    []suite.Check{{Name: s, Want: s, Got: s, Reason: s}},
			Exchanges: []suite.Exchange{{Request: s, Response: s, Error: s, Difference: s}},
		}},
	}
	before := run.MapStrings(toValidUTF8, toValidUTF8)
	redacted := run.Redacted(redact.New(s))
	if diff := cmp.Diff(before, run); diff != "" {
		t.Errorf("the run was changed:\n%s", diff)
	}
	for _, format := range Formats() {
		writer, err := format.Writer()
		if err != nil {
			t.Fatal(err)
		}
		if output := string(written(t, writer, redacted)); strings.Contains(output, s) {
			t.Errorf("%s has the secret:\n%s", format, output)
		}
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, want, got, marked string }{
		{"same", "abc", "abc", "abc | abc"},
		{"one letter", "limit of 50.", "limit of 500.", "limit of 50. | limit of 50[0]."},
		{"in the middle", "status 400 here", "status 403 here", "status 40[0] here | status 40[3] here"},
		{"two places", "exceeds the limit of 50.", "exceed the limit of 60.", "exceed[s] the limit of [5]0. | exceed the limit of [6]0."},
		{"empty", "", "abc", " | [abc]"},
		{"single equal letters", "abcdef", "xbydzf", "[abcde]f | [xbydz]f"},
		{"characters, not bytes", "é", "è", "[é] | [è]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want, got := difference(test.want, test.got)
			if marked := bracketed(want) + " | " + bracketed(got); marked != test.marked {
				t.Errorf("got  %s\nwant %s", marked, test.marked)
			}
		})
	}
}

func TestDifferenceOfLongStrings(t *testing.T) {
	t.Parallel()
	a, b := "head"+strings.Repeat("ab", 5000)+"tail", "head"+strings.Repeat("ba", 5000)+"tail"
	want, got := difference(a, b)
	if len(want) != 3 || len(got) != 3 || want[0].Text != "head" || want[2].Text != "tail" || !want[1].Differs {
		t.Errorf("got %d and %d segments", len(want), len(got))
	}
}

func bracketed(segments []segment) string {
	var b strings.Builder
	for _, s := range segments {
		if s.Differs {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// The concatenated segments are the inputs, the common segments are equal, and equal
// inputs have no difference.
func FuzzDifference(f *testing.F) {
	f.Add("abc", "abd")
	f.Add("", "x")
	f.Add("limit 50", "limits 500")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = toValidUTF8(a), toValidUTF8(b)
		want, got := difference(a, b)
		all := [2]string{}
		common := [2]string{}
		for i, segments := range [][]segment{want, got} {
			for _, s := range segments {
				all[i] += s.Text
				if !s.Differs {
					common[i] += s.Text
				}
			}
		}
		if all != [2]string{a, b} {
			t.Errorf("got segments %q, want %q", all, [2]string{a, b})
		}
		if common[0] != common[1] {
			t.Errorf("common segments: %q and %q", common[0], common[1])
		}
		if (a == b) != (common[0] == a && common[1] == b) {
			t.Errorf("common segments of %q and %q: got %q", a, b, common[0])
		}
	})
}

func TestDifferenceSegments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"none", "", ""},
		{"other format", "no difference: the secrets differ", "no difference: the secrets differ"},
		{
			"two lines", "line 1 (method) differs at byte 1:\n  ours:   \"POST\"\n  theirs: \"PUT\"\n           ^",
			"line 1 (method) differs at byte 1:\n  ours:   \"P[OS]T\"\n  theirs: \"P[U]T\"",
		},
		{"more after it", "x:\n  ours:   \"a\"\n  theirs: \"b\"\nand so on", "x:\n  ours:   \"[a]\"\n  theirs: \"[b]\"\nand so on"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := bracketed(differenceSegments(test.in)); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
