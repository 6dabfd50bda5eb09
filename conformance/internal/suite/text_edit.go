package suite

import (
	"fmt"
	"regexp"
	"strings"
)

// arrow separates the pattern of an edit from the replacement.
const arrow = " -> "

// SigningStages lists the stages that Request.Sign can edit, in the order in which
// they are computed.
func SigningStages() []string { return []string{"canonical_request", "string_to_sign", "signature"} }

// Edit is a change to a string.
type Edit struct {
	pattern     *regexp.Regexp
	replacement string
	change      func(string) string // replaces the pattern if set
}

// ParseEdit parses an edit: upper or lower, which convert all letters, or "pattern
// -> replacement" with a regular expression and a replacement in the syntax of
// package regexp ($1 is a group).
func ParseEdit(s string) (Edit, error) {
	switch s {
	case "upper":
		return Edit{change: strings.ToUpper}, nil
	case "lower":
		return Edit{change: strings.ToLower}, nil
	}
	old, by, ok := cutArrow(s)
	if !ok || old == "" {
		return Edit{}, fmt.Errorf("edit %q: want upper, lower or pattern%sreplacement", s, arrow)
	}
	pattern, err := regexp.Compile(old)
	if err != nil {
		return Edit{}, fmt.Errorf("edit %q: %w", s, err)
	}
	return Edit{pattern: pattern, replacement: by}, nil
}

// Apply returns the edited string. It returns an error if the edit changes nothing.
func (e Edit) Apply(s string) (string, error) {
	changed := s
	switch {
	case e.change != nil:
		changed = e.change(s)
	case e.pattern != nil:
		changed = e.pattern.ReplaceAllString(s, e.replacement)
	}
	if changed == s {
		return "", fmt.Errorf("the edit changes nothing in %q", s)
	}
	return changed, nil
}

// ParseReplacement parses the "old -> new" of a Tamper, both literal. New may be
// empty.
func ParseReplacement(s string) (old, by string, err error) {
	old, by, ok := cutArrow(s)
	if !ok || old == "" {
		return "", "", fmt.Errorf("replacement %q: want old%snew", s, arrow)
	}
	return old, by, nil
}

// cutArrow cuts s at the arrow, which may be the end of s without its last space.
func cutArrow(s string) (before, after string, ok bool) {
	if before, after, ok = strings.Cut(s, arrow); ok {
		return before, after, true
	}
	before, ok = strings.CutSuffix(s, strings.TrimRight(arrow, " "))
	return before, "", ok
}
