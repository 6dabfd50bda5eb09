package ram

// condition is one key of one operator, with the values of the policy.
type condition struct {
	operator string
	negated  bool
	key      string
	values   []string // as written
	tests    matcher  // the same, read
}

// holds reports whether the request meets the condition. The package comment
// explains why a missing key satisfies a negated operator.
func (c *condition) holds(context Context) bool {
	matched := false
	if context != nil {
		if value, ok := context.Value(c.key); ok {
			matched = c.tests.matchesAny(value)
		}
	}
	return matched != c.negated
}

// tests are the values of a condition, parsed as the type of its operator.
type matcher interface {
	// add parses one more value of the policy. The error says what is wrong with it
	// and what is valid.
	add(s string) error
	// any reports whether the request's value matches at least one of the policy's.
	// An unparsable value matches none.
	matchesAny(value string) bool
}

// newTests returns an empty list of values for the operator.
func newTests(o operator) matcher {
	switch o.kind {
	case kindStringIgnoreCase:
		return &foldedStrings{}
	case kindPattern:
		return &patterns{}
	case kindNumber:
		return &numbers{comparison: o.comparison}
	case kindDate:
		return &dates{comparison: o.comparison}
	case kindBool:
		return &bools{}
	case kindAddress:
		return &networks{}
	}
	return &exactStrings{}
}
