package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Path         string // like accounts[0].sites[2].plan; "" for the whole file
	Line, Column int    // counted from 1; 0 where there is no file
	Message      string // what is wrong, and what would be right

	// needs are further paths whose values the problem is about. If one could not
	// be read, that is the problem, and this one may be false.
	needs []string
}

// Error is what Parse, Load and Validate return: every problem found, in the
// order of the file, never none.
type Error struct {
	Name     string // of the file; "" where there is none
	Problems []Problem
}

// Error gives one line for each problem, as compilers do: name, line, column,
// path and message.
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

// problems collects what is wrong.
type problems []Problem

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// addAbout is add for a problem that is about the values of other paths, too.
func (p *problems) addAbout(needs []string, path, format string, args ...any) {
	*p = append(*p, Problem{Path: path, Message: fmt.Sprintf(format, args...), needs: needs})
}

// keysOf are the paths of one key in all items of a list, for addAbout.
func keysOf(list, key string, items int) []string {
	paths := []string{list}
	for i := range items {
		paths = append(paths, member(item(list, i), key))
	}
	return paths
}

// err is nil without problems.
func (p problems) err(name string) error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Name: name, Problems: p}
}

// member extends a path by the name of a member. Names with letters that paths
// are made of stand in single quotes, as in the paths of policies.
func member(path, name string) string {
	if name == "" || strings.ContainsAny(name, ".[]*$'\" \t\r\n\\") {
		name = "'" + strings.ReplaceAll(name, "'", `\'`) + "'"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// item extends a path by the index of an item, counted from 0.
func item(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }

// parent takes the last step of a path away. A quoted name may be cut in the
// middle; the parent of what is left is a parent all the same.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// short cuts a text of the file to what fits a message.
func short(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// quoted shows a text of the file in a message.
func quoted(text string) string { return fmt.Sprintf("%q", short(text)) }

// quoteOrMissing quotes a value that may be empty.
func quoteOrMissing(text string) string {
	if text == "" {
		return "an empty value"
	}
	return quoted(text)
}

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

// distance counts the letters to insert, delete or replace to turn a into b
// (Levenshtein).
func distance(a, b string) int {
	const longest = 64 // far more than a key has; bounds the work
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
