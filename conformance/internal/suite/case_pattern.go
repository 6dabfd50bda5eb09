package suite

import (
	"fmt"
	"slices"
	"strings"
)

// Pattern selects cases by their ids: a path in which * stands for one part and
// ** for any number of parts, none included.
type Pattern struct{ parts []string }

// ParsePattern reads a pattern. A star that is only a piece of a part is
// refused: it would look as if it could match a slash.
func ParsePattern(text string) (Pattern, error) {
	parts := strings.Split(text, "/")
	for _, part := range parts {
		switch {
		case part == "":
			return Pattern{}, fmt.Errorf("pattern %q has an empty part", text)
		case strings.Contains(part, "*") && part != "*" && part != "**":
			return Pattern{}, fmt.Errorf("pattern %q: %q is neither a word, nor *, nor **", text, part)
		}
	}
	// Neighbours of ** say nothing more, and would cost time in Match.
	return Pattern{slices.CompactFunc(parts, func(a, b string) bool { return a == "**" && b == "**" })}, nil
}

// String is the text of the pattern.
func (p Pattern) String() string { return strings.Join(p.parts, "/") }

// Match tells whether the pattern selects an id. The zero Pattern selects
// nothing.
func (p Pattern) Match(id string) bool {
	return len(p.parts) > 0 && id != "" && match(p.parts, strings.Split(id, "/"))
}

// match compares part by part. At a part that differs it goes back to the last **
// and lets it take one part more, so the time is at most the product of both
// lengths.
func match(pattern, id []string) bool {
	star, taken := -1, 0
	p, i := 0, 0
	for i < len(id) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, taken = p, i
			p++
		case p < len(pattern) && (pattern[p] == "*" || pattern[p] == id[i]):
			p++
			i++
		case star >= 0:
			taken++
			p, i = star+1, taken
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

// Select gives the cases that run selects and skip does not, in their order. No
// run pattern selects all. A pattern that is wrong, or matches no case, is a
// Problem: it would silently test something else than was meant.
func Select(cases []Case, run, skip []string) ([]Case, error) {
	var problems Problems
	runs := parsePatterns("--run", run, cases, &problems)
	skips := parsePatterns("--skip", skip, cases, &problems)
	if err := problems.err(); err != nil {
		return nil, err
	}
	var selected []Case
	for _, c := range cases {
		if (len(run) == 0 || matchAny(runs, c.ID)) && !matchAny(skips, c.ID) {
			selected = append(selected, c)
		}
	}
	return selected, nil
}

func parsePatterns(what string, texts []string, cases []Case, problems *Problems) []Pattern {
	patterns := make([]Pattern, 0, len(texts))
	for _, text := range texts {
		pattern, err := ParsePattern(text)
		if err != nil {
			*problems = append(*problems, Problem{Message: fmt.Sprintf("%s: %v", what, err)})
			continue
		}
		if !slices.ContainsFunc(cases, func(c Case) bool { return pattern.Match(c.ID) }) {
			*problems = append(*problems, Problem{Message: fmt.Sprintf("%s: no case matches %q", what, text)})
		}
		patterns = append(patterns, pattern)
	}
	return patterns
}

func matchAny(patterns []Pattern, id string) bool {
	return slices.ContainsFunc(patterns, func(p Pattern) bool { return p.Match(id) })
}
