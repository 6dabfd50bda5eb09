package suite

import "time"

// Verdict is what became of a check.
type Verdict string

// The verdicts. Passed and KnownFailure are right; NotRun and Unsupported are
// no judgement; the rest is wrong.
const (
	Passed         Verdict = "passed"
	Failed         Verdict = "failed"
	KnownFailure   Verdict = "known-failure"   // failed, and was known to
	UnexpectedPass Verdict = "unexpected-pass" // was known to fail, and passed
	NotRun         Verdict = "not-run"         // what it needs was not given; Reason says what
	Unsupported    Verdict = "unsupported"     // the client has no way to make the call
	Errored        Verdict = "error"           // could not be judged: hang, crash, no connection
)

// Check is one thing that was held against what is right; a case has several,
// such as status, code and message.
type Check struct {
	Name    string  `json:"name"` // status, code, message, header x-acs-request-id, contract, request signature …
	Verdict Verdict `json:"verdict"`
	Want    string  `json:"want,omitempty"`
	Got     string  `json:"got,omitempty"`
	Reason  string  `json:"reason,omitempty"` // of a known failure, or why it was not judged
}

// Exchange is a request and its answer, secrets cut.
type Exchange struct {
	Request    string        `json:"request"`  // as on the wire
	Response   string        `json:"response"` // as on the wire; "" where none came
	Error      string        `json:"error,omitempty"`
	Duration   time.Duration `json:"duration_ns"`
	Difference string        `json:"difference,omitempty"` // where two canonical requests part
}

// Result is what became of one case.
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

// Run is a whole run, of one or of several subjects.
type Run struct {
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"duration_ns"`
	Contract string        `json:"contract"` // version of the contract
	Side     Side          `json:"side"`
	Subjects []string      `json:"subjects"`
	Results  []Result      `json:"results"` // by case, then subject, in the cases' order
	// Unmatched are the known failures that match nothing in the run, as messages.
	// They are as stale as one that passed.
	Unmatched []string `json:"unmatched,omitempty"`
}

// Counts counts verdicts.
type Counts map[Verdict]int

// ExitCode is how the command ends.
type ExitCode int

// The exit codes.
const (
	ExitPassed         ExitCode = 0 // at least one case ran, and all that ran passed or failed as known
	ExitFailed         ExitCode = 1 // a case failed
	ExitBadConfig      ExitCode = 2 // flags, targets, known failures or patterns make no sense; nothing ran
	ExitUnexpectedPass ExitCode = 3 // a known failure has passed, or matched nothing
	ExitErrored        ExitCode = 4 // a case could not be judged
	ExitNothingRan     ExitCode = 5 // no case ran
)
