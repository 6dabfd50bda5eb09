package ram

// Policy is a checked policy, ready to be evaluated. It is made by [Parse],
// [ParseWithin], [FromValue], [System] or [AllowAll], never changes, and may be
// shared between goroutines. A nil *Policy is a policy without statements: it
// allows nothing and denies nothing.
type Policy struct {
	name       string
	statements []statement
}

// Effect is what a statement does to the requests that it matches.
type Effect string

// The two effects of the policy language.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// statement is one rule, its patterns and values read beforehand.
type statement struct {
	effect    Effect
	notAction bool // NotAction: the statement speaks of all actions but these
	actions   []pattern
	resources []resourcePattern
	// conditions stand in the order of the document; all must hold.
	conditions []condition
}

// WithName returns the same policy under a name, which [Decision] reports. The
// receiver keeps its own.
func (p *Policy) WithName(name string) *Policy {
	named := Policy{name: name}
	if p != nil {
		named.statements = p.statements
	}
	return &named
}

// Name returns the name given by [Policy.Named], or by [System]; "" without one.
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

// matches tells whether the statement speaks of the request.
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
