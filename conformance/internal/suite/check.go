package suite

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
)

// idPattern matches case IDs: a path of at least two elements of letters, digits,
// dots, hyphens and underscores.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)+$`)

// caseProblems collects the messages about one case.
type caseProblems []string

func (c *caseProblems) add(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }

// complete sets defaults.
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

// check returns the problems of the case.
func (c *Case) check() (wrong caseProblems) {
	if !idPattern.MatchString(c.ID) {
		wrong.add("id %q is not a path like group/name", c.ID)
	}
	if len(strings.Fields(c.Why)) < 3 {
		wrong.add("why is missing or too short; write one sentence")
	}
	oneOf(&wrong, "evidence", string(c.Evidence), string(Documented), string(Gateway), string(Observed), string(Inferred))
	oneOf(&wrong, "level", string(c.Level), string(Must), string(Should), string(May))
	if c.Server == nil && c.Client == nil {
		wrong.add("neither server nor client is set")
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

// checkViolates checks that a case that expects a rejection names the first
// expected row as the violated rule, and that no other case names one.
func (c *Case) checkViolates(wrong *caseProblems) {
	rejected, expected := c.rejections()
	switch {
	case c.Violates == "" && rejected:
		wrong.add("a rejection is expected and violates is missing; want %s", expected[0])
	case c.Violates == "":
	case len(expected) == 0:
		wrong.add("violates is %s, and no rejection is expected", c.Violates)
	case c.Violates != expected[0]:
		wrong.add("violates is %s, and %s is expected", c.Violates, expected[0])
	}
}

// rejections returns the rows that the case expects, in order: those of the last
// step of the server, then those of the client's outcomes. Rejected reports
// whether the first alternative is one of them.
func (c *Case) rejections() (rejected bool, keys []string) {
	if c.Server != nil && len(c.Server.Steps) > 0 {
		last := c.Server.Steps[len(c.Server.Steps)-1]
		for i, response := range last.Responses {
			if response.Row != "" {
				keys = append(keys, response.Row)
				rejected = rejected || i == 0 || last.Concurrent > 0
			}
		}
	}
	if c.Client != nil {
		for i, outcome := range c.Client.Outcomes {
			if outcome.Row != "" {
				keys = append(keys, outcome.Row)
				rejected = rejected || i == 0
			}
		}
	}
	return rejected, keys
}

func oneOf(wrong *caseProblems, what, value string, of ...string) {
	if !slices.Contains(of, value) {
		wrong.add("%s is %q, want one of %s", what, value, strings.Join(of, ", "))
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
