package clientrunner

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/suite"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	right := func() suite.Case {
		return suite.Case{ID: "a/b", Client: &suite.ClientCase{
			Script: []suite.Reply{{Status: 200}}, Outcomes: []suite.ExpectedOutcome{{OK: true}},
		}}
	}
	if err := Check(right()); err != nil {
		t.Errorf("got %v", err)
	}
	for want, breakCase := range map[string]func(*suite.Case){
		"case a/b: it is not for clients":                   func(c *suite.Case) { c.Client = nil },
		"no reply in the script":                            func(c *suite.Case) { c.Client.Script = nil },
		"no outcome is right":                               func(c *suite.Case) { c.Client.Outcomes = nil },
		`signature is "v4"; it is one of acs3, hmac-sha1`:   func(c *suite.Case) { c.Client.Call.Signature = "v4" },
		`method is "PUT"`:                                   func(c *suite.Case) { c.Client.Call.Method = "PUT" },
		`placement is "header"`:                             func(c *suite.Case) { c.Client.Call.Placement = "header" },
		`credentials is "password"`:                         func(c *suite.Case) { c.Client.Call.Credentials = "password" },
		"the parameter A comes twice":                       func(c *suite.Case) { c.Client.Call.Parameters = []suite.Parameter{{Name: "A"}, {Name: "A"}} },
		"timeout and max_attempts are not negative":         func(c *suite.Case) { c.Client.Call.Timeout = -1 },
		`reply 1: no error of the contract has the key "X"`: func(c *suite.Case) { c.Client.Script[0].Row = "X" },
		"reply 1: status 99 is none":                        func(c *suite.Case) { c.Client.Script[0].Status = 99 },
		"reply 1: delay and cut are not negative":           func(c *suite.Case) { c.Client.Script[0].Cut = -1 },
		`reply 1: header "X" cannot be sent`: func(c *suite.Case) {
			c.Client.Script[0].Headers = []suite.Parameter{{Name: "X", Value: "a\r\nb"}}
		},
		`outcome 1: no error of the contract has the key "X"`:    func(c *suite.Case) { c.Client.Outcomes[0] = suite.ExpectedOutcome{Row: "X"} },
		"outcome 1: an answer has no row, kind, code or message": func(c *suite.Case) { c.Client.Outcomes[0].Code = "X" },
	} {
		c := right()
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
