package ram

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		fold          bool
		want          bool
	}{
		{"", "", false, true},
		{"", "a", false, false},
		{"*", "", false, true},
		{"*", "anything at all", false, true},
		{"?", "", false, false},
		{"?", "a", false, true},
		{"?", "é", false, true},
		{"?", "\xff", false, true},
		{"??", "é", false, false},
		{"*??", "é", false, false},
		{"*?é", "éé", false, true},
		{"a*??bc*", "a网bcd", false, false}, // a star takes whole characters
		{"a", "A", false, false},
		{"a", "A", true, true},
		{"É", "é", true, false}, // only ASCII letters fold
		{"A*C", "abC", true, true},
		{"A*C", "abC", false, false},
		{"a**b", "ab", false, true},
		{"a*b", "ab", false, true},
		{"a*b", "acb", false, true},
		{"a*b", "acbc", false, false},
		{"a*b*c", "abbc", false, true},
		{"*ab", "aab", false, true},
		{"*ab", "aba", false, false},
		{"*ab*", "xaby", false, true},
		{"a?c", "abc", false, true},
		{"a?c", "ac", false, false},
		{"a?*", "a", false, false},
		{"a?*", "ab", false, true},
		{"*a?b", "aaxb", false, true},
		{"*a*b*c", "axbxbxc", false, true},
		{"*a*b*c", "axbxbx", false, false},
		{"[ab]", "a", false, false},
		{`\*`, "*", false, false},
		{`\*`, `\anything`, false, true},
	} {
		p := newPattern(c.pattern, c.fold)
		if got := p.match(c.name); got != c.want {
			t.Errorf("match(%q, %q, fold %t) = %t", c.pattern, c.name, c.fold, got)
		}
	}
}

// A matcher that tried every division of the name among the stars would need
// more steps here than there are atoms; this one needs milliseconds.
func TestPatternWorstCase(t *testing.T) {
	t.Parallel()
	const limit = 10 * time.Second
	name := strings.Repeat("a", 10_000)
	for _, source := range []string{
		strings.Repeat("*a", 50) + "*b",
		strings.Repeat("a*", 50) + "b",
		strings.Repeat("*?", 50) + "*b",
		"*" + strings.Repeat("a", 50) + "b",
	} {
		started := time.Now()
		p := newPattern(source, true)
		if p.match(name) {
			t.Errorf("%.20q… matches", source)
		}
		if !p.match(name + "b") {
			t.Errorf("%.20q… does not match with its last letter", source)
		}
		if took := time.Since(started); took > limit {
			t.Errorf("%.20q… took %v", source, took)
		}
	}
}

// FuzzPattern holds the matcher against Go's regular expressions.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{
		{"esa:Get*", "esa:GetSite"}, {"a*b?c", "axxbéc"}, {"*?*", ""}, {"**a", "ba"}, {"?", "\n"}, {"*é?", "éé"}, {"A", "a"},
	} {
		f.Add(seed[0], seed[1], false)
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, source, name string, fold bool) {
		// In a regular expression a broken byte equals U+FFFD; here it is itself.
		source, name = strings.ToValidUTF8(source, "\uFFFD"), strings.ToValidUTF8(name, "\uFFFD")
		oracleText, oracleName := source, name
		if fold {
			oracleText, oracleName = lowerText(source), lowerText(name)
		}
		expression := regexp.QuoteMeta(oracleText)
		expression = strings.ReplaceAll(expression, `\*`, `.*`)
		expression = strings.ReplaceAll(expression, `\?`, `.`)
		oracle, err := regexp.Compile(`(?s)\A(?:` + expression + `)\z`)
		if err != nil {
			t.Skip("too large for the oracle")
		}
		p := newPattern(source, fold)
		if got, want := p.match(name), oracle.MatchString(oracleName); got != want {
			t.Errorf("match(%q, %q, fold %t) = %t, oracle %t", source, name, fold, got, want)
		}
	})
}

func lowerText(s string) string {
	lower := []byte(s)
	for i, c := range lower {
		lower[i] = lowerASCII(c)
	}
	return string(lower)
}

func BenchmarkPattern(b *testing.B) {
	for _, c := range []struct{ name, pattern, value string }{
		{"exact", "esa:ApplyCertificate", "esa:ApplyCertificate"},
		{"prefix", "esa:Apply*", "esa:ApplyCertificate"},
		{"middle", "esa:*Cert*", "esa:ApplyCertificate"},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := newPattern(c.pattern, true)
			b.ReportAllocs()
			for b.Loop() {
				if !p.match(c.value) {
					b.Fatal("no match")
				}
			}
		})
	}
}
