package suite

import (
	"fmt"
	"slices"
	"strings"
)

// Pattern selects cases by ID. It is a path in which * matches one element and **
// any number of elements, including none.
type Pattern struct{ parts []string }

// ParsePattern parses a pattern. An asterisk must be a whole element, since as a part
// of one it would appear to match a slash.
func ParsePattern(pattern string) (Pattern, error) {
	parts := strings.Split(pattern, "/")
	for _, part := range parts {
		switch {
		case part == "":
			return Pattern{}, fmt.Errorf("pattern %q has an empty element", pattern)
		case strings.Contains(part, "*") && part != "*" && part != "**":
			return Pattern{}, fmt.Errorf("pattern %q: element %q must be a name, * or **", pattern, part)
		}
	}
	// Repeated ** would only slow down Match.
	return Pattern{slices.CompactFunc(parts, func(a, b string) bool { return a == "**" && b == "**" })}, nil
}

func (p Pattern) String() string { return strings.Join(p.parts, "/") }

// Match reports whether the pattern selects an ID. The zero Pattern selects none.
func (p Pattern) Match(id string) bool {
	return len(p.parts) > 0 && id != "" && match(p.parts, strings.Split(id, "/"))
}

// match compares element by element. At a difference it backtracks to the last **
// and extends it by one element, so the time is at most the product of both lengths.
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

// Select returns the cases that a pattern of run selects and none of skip does, in
// their order. Without run patterns it selects all cases. An invalid pattern, or one
// that matches no case, is a Problem.
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

func parsePatterns(flag string, raw []string, cases []Case, problems *Problems) []Pattern {
	patterns := make([]Pattern, 0, len(raw))
	for _, s := range raw {
		pattern, err := ParsePattern(s)
		if err != nil {
			*problems = append(*problems, Problem{Message: fmt.Sprintf("%s: %v", flag, err)})
			continue
		}
		if !slices.ContainsFunc(cases, func(c Case) bool { return pattern.Match(c.ID) }) {
			*problems = append(*problems, Problem{Message: fmt.Sprintf("%s: no case matches %q", flag, s)})
		}
		patterns = append(patterns, pattern)
	}
	return patterns
}

func matchAny(patterns []Pattern, id string) bool {
	return slices.ContainsFunc(patterns, func(p Pattern) bool { return p.Match(id) })
}
