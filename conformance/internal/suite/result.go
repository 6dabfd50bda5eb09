package suite

import "time"

// Verdict is the result of a check or a case.
type Verdict string

// The verdicts. Passed and KnownFailure are good, NotRun and Unsupported are not
// judgments, and the others are bad.
const (
	Passed         Verdict = "passed"
	Failed         Verdict = "failed"
	KnownFailure   Verdict = "known-failure"   // failed as expected
	UnexpectedPass Verdict = "unexpected-pass" // a known failure that passed
	NotRun         Verdict = "not-run"         // a need is unmet; Reason lists it
	Unsupported    Verdict = "unsupported"     // the client cannot make the call
	Errored        Verdict = "error"           // no judgment: timeout, crash or no connection
)

// Check is one comparison of a case, for example of the status, code or message.
type Check struct {
	Name    string  `json:"name"` // status, code, message, header x-acs-request-id, contract, request signature …
	Verdict Verdict `json:"verdict"`
	Want    string  `json:"want,omitempty"`
	Got     string  `json:"got,omitempty"`
	Reason  string  `json:"reason,omitempty"` // reason of a known failure, or of a missing judgment
}

// Exchange is a request and its response, with secrets redacted.
type Exchange struct {
	Request    string        `json:"request"`  // as sent on the wire
	Response   string        `json:"response"` // as received on the wire; "" if none was
	Error      string        `json:"error,omitempty"`
	Duration   time.Duration `json:"duration_ns"`
	Difference string        `json:"difference,omitempty"` // first difference between two canonical requests
}

// Result is the result of one case.
type Result struct {
	Case      string        `json:"case"`
	Why       string        `json:"why"`
	Evidence  Evidence      `json:"evidence"`
	Level     Level         `json:"level"`
	Side      Side          `json:"side"`
	Subject   string        `json:"subject"` // the server or client under test
	Verdict   Verdict       `json:"verdict"` // the worst of its checks
	Reason    string        `json:"reason,omitempty"`
	Checks    []Check       `json:"checks,omitempty"`
	Exchanges []Exchange    `json:"exchanges,omitempty"`
	Duration  time.Duration `json:"duration_ns"`
}

// Run is the result of a whole run with one or more subjects.
type Run struct {
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"duration_ns"`
	Contract string        `json:"contract"` // version of the contract
	Side     Side          `json:"side"`
	Subjects []string      `json:"subjects"`
	Results  []Result      `json:"results"` // by case in their order, then by subject
	// Unmatched lists the known failures that match no check of the run, as messages.
	// They affect the exit code like a known failure that passed.
	Unmatched []string `json:"unmatched,omitempty"`
}

// Counts has the number of results by verdict.
type Counts map[Verdict]int

// ExitCode is the exit code of esaconform.
type ExitCode int

// The exit codes.
const (
	ExitPassed         ExitCode = 0 // every case that ran passed or is a known failure
	ExitFailed         ExitCode = 1 // a case failed
	ExitBadConfig      ExitCode = 2 // invalid flags, targets, known failures or patterns; nothing ran
	ExitUnexpectedPass ExitCode = 3 // a known failure passed or matched no case
	ExitErrored        ExitCode = 4 // a case ended in an error
	ExitNothingRan     ExitCode = 5 // no case ran
)

// ByCase groups results by case, in the order of the first result of each case.
func ByCase(results []Result) [][]Result {
	var cases [][]Result
	index := map[string]int{}
	for _, r := range results {
		i, ok := index[r.Case]
		if !ok {
			i = len(cases)
			index[r.Case] = i
			cases = append(cases, nil)
		}
		cases[i] = append(cases[i], r)
	}
	return cases
}
