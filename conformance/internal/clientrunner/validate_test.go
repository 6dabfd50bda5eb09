package clientrunner

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	valid := func() suite.Case {
		return suite.Case{ID: "a/b", Client: &suite.ClientCase{
			Script: []suite.Reply{{Status: 200}}, Outcomes: []suite.ExpectedOutcome{{OK: true}},
		}}
	}
	if err := Check(valid()); err != nil {
		t.Errorf("got %v", err)
	}
	for want, breakCase := range map[string]func(*suite.Case){
		"case a/b: not a client case":                       func(c *suite.Case) { c.Client = nil },
		"the script has no reply":                           func(c *suite.Case) { c.Client.Script = nil },
		"no outcome is allowed":                             func(c *suite.Case) { c.Client.Outcomes = nil },
		`signature is "v4", want one of acs3, hmac-sha1`:    func(c *suite.Case) { c.Client.Call.Signature = "v4" },
		`method is "PUT"`:                                   func(c *suite.Case) { c.Client.Call.Method = "PUT" },
		`placement is "header"`:                             func(c *suite.Case) { c.Client.Call.Placement = "header" },
		`credentials is "password"`:                         func(c *suite.Case) { c.Client.Call.Credentials = "password" },
		"parameter A is duplicated":                         func(c *suite.Case) { c.Client.Call.Parameters = []suite.Parameter{{Name: "A"}, {Name: "A"}} },
		"timeout and max_attempts must not be negative":     func(c *suite.Case) { c.Client.Call.Timeout = -1 },
		`reply 1: no error of the contract has the key "X"`: func(c *suite.Case) { c.Client.Script[0].Row = "X" },
		"reply 1: status 99 is not a final status":          func(c *suite.Case) { c.Client.Script[0].Status = 99 },
		"reply 1: delay and cut must not be negative":       func(c *suite.Case) { c.Client.Script[0].Cut = -1 },
		`reply 1: header "X" cannot be sent`: func(c *suite.Case) {
			c.Client.Script[0].Headers = []suite.Parameter{{Name: "X", Value: "a\r\nb"}}
		},
		`outcome 1: no error of the contract has the key "X"`: func(c *suite.Case) { c.Client.Outcomes[0] = suite.ExpectedOutcome{Row: "X"} },
		"outcome 1: ok excludes row, kind, code and message":  func(c *suite.Case) { c.Client.Outcomes[0].Code = "X" },
	} {
		c := valid()
		breakCase(&c)
		if err := Check(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if c.Client == nil {
			continue
		}
		results, err := Run(t.Context(), Func("f", nil), []suite.Case{c}, Options{})
		if err == nil || results != nil {
			t.Errorf("%s: it was run: %v", want, results)
		}
	}
}
