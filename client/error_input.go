package client

import "strings"

// InputError says that a call or an option is wrong. It has all problems at
// once, and no byte was sent.
type InputError struct {
	// Problems has at least one item: options first, then the input in the order
	// of its fields.
	Problems []Problem
}

// Problem is one thing that is wrong.
type Problem struct {
	// Field says where: a field of the input such as "Domains[3]", or an option
	// such as "WithEndpoint".
	Field string
	// Value is what was given, cut to a readable length; empty where there is
	// nothing to show. It is never a secret.
	Value string
	// Message says what is wrong and what would be right.
	Message string
}

// String gives the problem as one line.
func (p Problem) String() string {
	if p.Value == "" {
		return p.Field + " " + p.Message
	}
	return p.Field + " " + p.Value + " " + p.Message
}

// Error gives the problems, separated by semicolons.
func (e *InputError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return prefix + "nothing was sent: " + strings.Join(lines, "; ")
}

// prefix begins the text of every error of the package.
const prefix = "esa ApplyCertificate: "

// invalid makes an InputError of problems, or nil of none.
func invalid(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &InputError{Problems: problems}
}
