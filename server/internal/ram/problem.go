package ram

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/server/internal/excerpt"
)

// ErrTooLarge matches, through errors.Is, the error of a policy that exceeds
// the characters of its kind. STS responds to a session policy like this with
// InvalidParameter.PolicySize, and to any other fault with
// InvalidParameter.PolicyGrammar.
var ErrTooLarge = errors.New("policy too large")

// Error is what [Parse], [ParseWithin] and [FromValue] return for an invalid
// document. It lists every problem found, at least one.
type Error struct {
	// Problems are in the order of the document.
	Problems []Problem

	tooLarge bool
}

// Error lists the problems, one per line if there are several.
func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return "policy: " + e.Problems[0].String()
	}
	var message strings.Builder
	fmt.Fprintf(&message, "policy: %d problems:", len(e.Problems))
	for _, p := range e.Problems {
		message.WriteString("\n\t" + p.String())
	}
	return message.String()
}

// Is reports whether target is [ErrTooLarge] and the document exceeds its
// limit.
func (e *Error) Is(target error) bool { return e.tooLarge && target == ErrTooLarge }

// Problem is one fault of a policy document.
type Problem struct {
	// Path is the path of the faulty value: "$" for the document, then ".name" for
	// a member and "[0]" for an item, as in
	// $.Statement[0].Condition.Bool.acs:MFAPresent. A name with dots, brackets,
	// quotes or spaces is in single quotes.
	Path string
	// Line and Column are counted from 1, columns in characters. Both are 0 if the
	// policy was already decoded.
	Line, Column int
	// Message says what is wrong and what is valid.
	Message string
}

// String formats position, path and message in one line.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.Path + ": " + p.Message
	}
	return fmt.Sprintf("line %d, column %d: %s: %s", p.Line, p.Column, p.Path, p.Message)
}

// problems collects all problems of a document.
type problems []Problem

func (p *problems) add(path string, at position, message string) {
	*p = append(*p, Problem{Path: path, Line: at.line, Column: at.column, Message: message})
}

// err returns nil without problems. A missing member is reported at the start
// of its object, hence the sorting.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Error{Problems: p}
}

// maxQuoted limits a value of the document in a message, in bytes.
const maxQuoted = 60

// quote quotes a value of the document for a message.
func quote(s string) string { return excerpt.Quote(s, maxQuoted) }
