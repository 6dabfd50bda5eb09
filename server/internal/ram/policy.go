package ram

// Policy is a checked policy, ready for evaluation. It is created by [Parse],
// [ParseWithin], [FromValue], [System] or [AllowAll]. It is immutable and safe
// for concurrent use. A nil *Policy has no statements: it allows nothing and
// denies nothing.
type Policy struct {
	name       string
	statements []statement
}

// Effect is the effect of a statement on the requests that it matches.
type Effect string

// Effects of the policy language.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// statement is one rule with its parsed patterns and values.
type statement struct {
	effect    Effect
	notAction bool // NotAction: the statement applies to all actions but these
	actions   []pattern
	resources []resourcePattern
	// conditions are in the order of the document; all must be met.
	conditions []condition
}

// WithName returns a copy of the policy with a name, which [Decision] reports.
func (p *Policy) WithName(name string) *Policy {
	named := Policy{name: name}
	if p != nil {
		named.statements = p.statements
	}
	return &named
}

// Name returns the name set by [Policy.WithName] or [System], or "".
func (p *Policy) Name() string {
	if p == nil {
		return ""
	}
	return p.name
}

// Len returns the number of statements.
func (p *Policy) Len() int {
	if p == nil {
		return 0
	}
	return len(p.statements)
}

// matches reports whether the statement applies to the request.
func (s *statement) matches(t *compiledRequest) bool {
	return s.matchesAction(t.action) && s.matchesResource(t) && s.conditionsMet(t.context)
}

func (s *statement) matchesAction(action string) bool {
	for i := range s.actions {
		if s.actions[i].match(action) {
			return !s.notAction
		}
	}
	return s.notAction
}

func (s *statement) matchesResource(t *compiledRequest) bool {
	for i := range s.resources {
		if s.resources[i].match(t) {
			return true
		}
	}
	return false
}

func (s *statement) conditionsMet(context Context) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(context) {
			return false
		}
	}
	return true
}
