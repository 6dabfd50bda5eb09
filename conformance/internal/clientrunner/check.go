package clientrunner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// The names of the checks. Known failures refer to them. checkField is followed by a
// path.
const (
	checkAttempts   = "attempts"
	checkWait       = "wait"
	checkHTTP       = "request http"
	checkMethod     = "request method"
	checkPath       = "request path"
	checkParameters = "request parameters"
	checkPlacement  = "request placement"
	checkSignature  = "request signature"
	checkCredential = "request credentials"
	checkAction     = "request action"
	checkVersion    = "request version"
	checkDate       = "request date"
	checkNonce      = "request nonce"
	checkSecrecy    = "request secrecy"

	checkOutcome   = "outcome"
	checkKind      = "kind"
	checkStatus    = "status"
	checkCode      = "code"
	checkMessage   = "message"
	checkRequestID = "request id"
	checkField     = "field "
)

// checks collects one check for each name. Request checks are made for each attempt, and
// the first failure is kept.
type checks struct {
	list []suite.Check
}

// add records a check. It replaces an earlier check of the same name only if it is the
// first to fail.
func (l *checks) add(ok bool, name, want, got, reason string) {
	c := suite.Check{Name: name, Verdict: suite.Passed, Want: want}
	if !ok {
		c.Verdict, c.Got, c.Reason = suite.Failed, got, reason
	}
	l.record(c)
}

func (l *checks) record(c suite.Check) {
	i := slices.IndexFunc(l.list, func(old suite.Check) bool { return old.Name == c.Name })
	switch {
	case i < 0:
		l.list = append(l.list, c)
	case l.list[i].Verdict == suite.Passed && c.Verdict != suite.Passed:
		l.list[i] = c
	}
}

// equal records whether want equals got.
func (l *checks) equal(name, want, got string) {
	l.add(want == got, name, want, got, "")
}

// failed returns the number of checks that did not pass.
func (l *checks) failed() int {
	n := 0
	for _, c := range l.list {
		if c.Verdict != suite.Passed {
			n++
		}
	}
	return n
}

// attemptPrefix prefixes the number of the attempt to reason if there are several.
func attemptPrefix(attempt, of int, reason string) string {
	if of < 2 {
		return reason
	}
	return strings.TrimSuffix(fmt.Sprintf("attempt %d of %d: %s", attempt+1, of, reason), ": ")
}
