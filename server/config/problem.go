package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/server/internal/excerpt"
)

// Problem is one error of a configuration.
type Problem struct {
	Path         string // for example accounts[0].sites[2].plan; "" for the whole file
	Line, Column int    // from 1; 0 without a file
	Message      string

	// needs are paths of further values that the problem is about. If one of them
	// could not be read, this problem may be false, and is omitted.
	needs []string

	order int // in the declaration of the file
}

// Error is returned by Parse, Load and Validate. It has at least one problem, and
// they are in the order of the file.
type Error struct {
	Name     string // of the file; "" without a file
	Problems []Problem
}

// Error returns one line for each problem: name, line, column, path and message.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = e.line(p)
	}
	return strings.Join(lines, "\n")
}

func (e *Error) line(p Problem) string {
	var parts []string
	switch {
	case p.Line > 0:
		parts = append(parts, fmt.Sprintf("%s:%d:%d", e.Name, p.Line, p.Column))
	case e.Name != "":
		parts = append(parts, e.Name)
	}
	if p.Path != "" {
		parts = append(parts, p.Path)
	}
	return strings.Join(append(parts, p.Message), ": ")
}

type problems []Problem

// err returns an *Error; nil without problems.
func (p problems) err(name string) error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.order, b.order))
	})
	return &Error{Name: name, Problems: p}
}

// parent removes the last step of a path. It may cut a quoted name in the middle,
// which does no harm: the parents of the rest are the same.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// maxQuoted limits a string of the file in a message, in bytes.
const maxQuoted = 60

// quoted quotes a string of the file for a message.
func quoted(s string) string { return excerpt.Quote(s, maxQuoted) }

// joinOr lists alternatives: a, b or c.
func joinOr(names []string) string {
	switch len(names) {
	case 0:
		return "nothing"
	case 1:
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// suggest returns the name closest to a mistyped one; "" if none is within two
// edits.
func suggest(typed string, names []string) string {
	best, found := 3, ""
	for _, name := range names {
		if d := distance(typed, name); d < best && d < len(name) {
			best, found = d, name
		}
	}
	return found
}

// distance returns the Levenshtein distance of two strings.
func distance(a, b string) int {
	const longest = 64 // bounds the work; keys are far shorter
	if len(a) > longest {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
