package suite

import (
	"fmt"
	"regexp"
	"strings"
)

// arrow parts what an edit looks for from what it writes.
const arrow = " -> "

// SigningStages lists the stages of signing that Request.Sign can put a fault
// into, in the order in which they are computed.
func SigningStages() []string { return []string{"canonical_request", "string_to_sign", "signature"} }

// Edit changes a text.
type Edit struct {
	pattern     *regexp.Regexp
	replacement string
	change      func(string) string // in place of the above
}

// ParseEdit reads an edit: upper or lower, which change the case of all letters,
// or "pattern -> replacement" with a regular expression and a replacement in
// which $1 stands for a group, as of package regexp.
func ParseEdit(text string) (Edit, error) {
	switch text {
	case "upper":
		return Edit{change: strings.ToUpper}, nil
	case "lower":
		return Edit{change: strings.ToLower}, nil
	}
	old, by, ok := cutArrow(text)
	if !ok || old == "" {
		return Edit{}, fmt.Errorf("edit %q is neither upper, lower nor of the form pattern%sreplacement", text, arrow)
	}
	pattern, err := regexp.Compile(old)
	if err != nil {
		return Edit{}, fmt.Errorf("edit %q: %w", text, err)
	}
	return Edit{pattern: pattern, replacement: by}, nil
}

// Apply makes the edit. Where it finds nothing to change it is an error: a fault
// that is not put in would prove nothing.
func (e Edit) Apply(text string) (string, error) {
	changed := text
	switch {
	case e.change != nil:
		changed = e.change(text)
	case e.pattern != nil:
		changed = e.pattern.ReplaceAllString(text, e.replacement)
	}
	if changed == text {
		return "", fmt.Errorf("the edit changes nothing in %q", text)
	}
	return changed, nil
}

// ParseReplacement reads "old -> new" of a Spoil, both to be taken literally.
// The new text may be empty, the old one not.
func ParseReplacement(text string) (old, by string, err error) {
	old, by, ok := cutArrow(text)
	if !ok || old == "" {
		return "", "", fmt.Errorf("replacement %q is not of the form old%snew", text, arrow)
	}
	return old, by, nil
}

// cutArrow takes an arrow at the end for one with an empty text behind it.
func cutArrow(text string) (before, after string, ok bool) {
	if before, after, ok = strings.Cut(text, arrow); ok {
		return before, after, true
	}
	before, ok = strings.CutSuffix(text, strings.TrimRight(arrow, " "))
	return before, "", ok
}
