package suite

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
)

// idPattern is the grammar of ids: a path of at least two parts of letters, digits,
// dots, hyphens and underscores.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)+$`)

// caseProblems gathers what is wrong with a case.
type caseProblems []string

func (c *caseProblems) add(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }

// complete fills in what the file may leave out.
func (c *Case) complete() {
	if c.Level == "" {
		c.Level = Must
	}
	if c.Server != nil {
		c.Server.addNeeds()
	}
	if c.Client != nil {
		for i := range c.Client.Outcomes {
			if o := &c.Client.Outcomes[i]; o.Kind == deprecatedKindResponse {
				o.Kind = "response"
			}
		}
	}
}

// check lists what is wrong with a case by itself.
func (c *Case) check() (wrong caseProblems) {
	if !idPattern.MatchString(c.ID) {
		wrong.add("id %q is not a path such as group/name", c.ID)
	}
	if len(strings.Fields(c.Why)) < 3 {
		wrong.add("why is missing: say in a sentence why the case exists")
	}
	oneOf(&wrong, "evidence", string(c.Evidence), string(Documented), string(Gateway), string(Observed), string(Inferred))
	oneOf(&wrong, "level", string(c.Level), string(Must), string(Should), string(May))
	if c.Server == nil && c.Client == nil {
		wrong.add("it has neither a server nor a client")
	}
	if c.Server != nil {
		c.Server.check(&wrong)
	}
	if c.Client != nil {
		c.Client.check(&wrong)
	}
	c.checkViolates(&wrong)
	return wrong
}

// checkViolates holds the one rule that a refusal breaks against the rows that the
// case expects: a refusal names the first of them, and nothing else does.
func (c *Case) checkViolates(wrong *caseProblems) {
	refused, expected := c.rejections()
	switch {
	case c.Violates == "" && refused:
		wrong.add("it expects a refusal and does not say which rule it breaks (violates: %s)", expected[0])
	case c.Violates == "":
	case len(expected) == 0:
		wrong.add("it breaks %s, and expects no refusal", c.Violates)
	case c.Violates != expected[0]:
		wrong.add("it breaks %s, and expects %s", c.Violates, expected[0])
	}
}

// rejections lists the rows that the case is about, in order: those of the last
// step of a server, then those of a client's outcomes. A case whose first
// alternative is one of them is a refusal.
func (c *Case) rejections() (refused bool, keys []string) {
	if c.Server != nil && len(c.Server.Steps) > 0 {
		last := c.Server.Steps[len(c.Server.Steps)-1]
		for i, answer := range last.Responses {
			if answer.Row != "" {
				keys = append(keys, answer.Row)
				refused = refused || i == 0 || last.Concurrent > 0
			}
		}
	}
	if c.Client != nil {
		for i, outcome := range c.Client.Outcomes {
			if outcome.Row != "" {
				keys = append(keys, outcome.Row)
				refused = refused || i == 0
			}
		}
	}
	return refused, keys
}

func oneOf(wrong *caseProblems, what, value string, of ...string) {
	if !slices.Contains(of, value) {
		wrong.add("%s is %q; it is one of %s", what, value, strings.Join(of, ", "))
	}
}

func optionalOneOf(wrong *caseProblems, what, value string, of ...string) {
	if value != "" {
		oneOf(wrong, what, value, of...)
	}
}

func checkRow(wrong *caseProblems, where, key string) {
	if key == "" {
		return
	}
	if _, ok := esaerrors.ByKey(key); !ok {
		wrong.add("%s: the contract has no error with the key %q", where, key)
	}
}
