package serverrunner

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
)

// checks are the checks of a response.
type checks []suite.Check

func (c *checks) add(name string, ok bool, want, got string) {
	verdict := suite.Passed
	if !ok {
		verdict = suite.Failed
	}
	*c = append(*c, suite.Check{Name: name, Verdict: verdict, Want: want, Got: got})
}

func (c *checks) equal(name, want, got string) { c.add(name, want == got, want, got) }

// failed returns the number of checks that did not pass.
func (c checks) failed() int {
	n := 0
	for i := range c {
		if c[i].Verdict != suite.Passed {
			n++
		}
	}
	return n
}

// expected is one alternative of a step, with placeholders expanded.
type expected struct {
	suite.ExpectedResponse
	row     *esaerrors.Error
	headers map[string]*regexp.Regexp
	fields  map[string]*regexp.Regexp
}

// expect expands the placeholders of an alternative and looks up its row.
func expect(a suite.ExpectedResponse, values suite.Values) (expected, error) {
	e := expected{ExpectedResponse: a}
	var failed error
	fill := func(template string) string {
		filled, err := values.Expand(template)
		if err != nil && failed == nil {
			failed = err
		}
		return filled
	}
	patterns := func(from map[string]string) map[string]*regexp.Regexp {
		compiled := map[string]*regexp.Regexp{}
		for name, expression := range from {
			pattern, err := regexp.Compile(`^(?:` + fill(expression) + `)$`)
			if err != nil && failed == nil {
				failed = fmt.Errorf("%s: %w", name, err)
			}
			compiled[name] = pattern
		}
		return compiled
	}
	if a.Row != "" {
		row, ok := esaerrors.ByKey(a.Row)
		if !ok {
			return e, fmt.Errorf("%w: the contract has no error %q", errInvalidCase, a.Row)
		}
		e.row = row
	}
	if a.Accepted != nil {
		accepted := &suite.Accepted{SiteName: fill(a.Accepted.SiteName)}
		for _, domain := range a.Accepted.Domains {
			accepted.Domains = append(accepted.Domains, strings.Split(fill(domain), ",")...)
		}
		e.Accepted = accepted
	}
	e.MessageContains = slices.Clone(a.MessageContains)
	for i := range e.MessageContains {
		e.MessageContains[i] = fill(e.MessageContains[i])
	}
	e.headers, e.fields = patterns(a.Headers), patterns(a.Fields)
	if failed != nil {
		return e, fmt.Errorf("%w: %w", errInvalidCase, failed)
	}
	return e, nil
}

// readsBody reports whether the alternative requires a JSON body.
func (e *expected) readsBody() bool {
	return e.row != nil || e.Accepted != nil || e.Code != "" || len(e.fields) > 0 || len(e.MessageContains) > 0
}

// judge compares a response with the alternative. The most important checks come
// first in reports.
func (e *expected) judge(resp *response) checks {
	var c checks
	e.checkStatus(&c, resp)
	object, err := parseBody(resp.body)
	if e.readsBody() && err != nil {
		c.add("body", false, "a JSON object", err.Error()+": "+excerpt(resp.body))
	}
	if e.readsBody() && err == nil {
		e.checkRefusal(&c, object)
		if e.Accepted != nil {
			e.checkAccepted(&c, object)
		}
	}
	e.checkHeaders(&c, resp)
	for _, path := range slices.Sorted(maps.Keys(e.fields)) {
		got, found := fieldAt(object, path)
		if !found {
			got = "(missing)"
		}
		c.add("field "+path, found && e.fields[path].MatchString(got), e.Fields[path], got)
	}
	return c
}

func (e *expected) checkStatus(c *checks, resp *response) {
	want := e.Status
	switch {
	case want != 0:
	case e.row != nil:
		want = e.row.Status
	case e.Accepted != nil:
		want = 200
	default:
		return
	}
	c.equal("status", strconv.Itoa(want), strconv.Itoa(resp.status))
}

// checkRefusal compares the code and message of an error.
func (e *expected) checkRefusal(c *checks, object map[string]any) {
	code, message := e.Code, ""
	if e.row != nil {
		code, message = e.row.Code, e.row.Message
	}
	gotCode, hasCode := fieldAt(object, "Code")
	if !hasCode {
		gotCode = "(missing)"
	}
	if code != "" {
		c.equal("code", code, gotCode)
	}
	got, _ := fieldAt(object, "Message")
	switch {
	case message == "":
	case code == esaerrors.SignatureDoesNotMatchACS3.Code:
		// The gateway appends the strings that it signed.
		c.add("message", strings.HasPrefix(got, message), message+"…", got)
	default:
		c.equal("message", message, got)
	}
	for _, part := range e.MessageContains {
		c.add("message has "+strconv.Quote(part), strings.Contains(got, part), part, got)
	}
}

func (e *expected) checkHeaders(c *checks, resp *response) {
	for _, name := range slices.Sorted(maps.Keys(e.headers)) {
		values := resp.header.Values(name)
		got := strings.Join(values, ", ")
		if len(values) == 0 {
			got = "(missing)"
		}
		c.add("header "+strings.ToLower(name), len(values) > 0 && e.headers[name].MatchString(got), e.Headers[name], got)
	}
	for _, name := range e.NoHeaders {
		values := resp.header.Values(name)
		c.add("no header "+strings.ToLower(name), len(values) == 0, "(missing)", strings.Join(values, ", "))
	}
}

// bestMatch returns the first alternative with the fewest failed checks, and its
// checks.
func bestMatch(alternatives []expected, resp *response) (*expected, checks) {
	var (
		best  *expected
		found checks
	)
	for i := range alternatives {
		c := alternatives[i].judge(resp)
		if best == nil || c.failed() < found.failed() {
			best, found = &alternatives[i], c
		}
	}
	return best, found
}
