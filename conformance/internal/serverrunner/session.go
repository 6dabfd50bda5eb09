package serverrunner

import (
	"context"
	"fmt"
	"time"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Session is a target that was reached, to run cases against one by one. It may
// be used by many goroutines. It remembers what must be new in every answer, so
// that cases which belong together belong in one session.
type Session struct {
	target   *Target
	options  Options
	endpoint *endpoint
	contract *contract
	redactor *redact.Redactor
	seen     *seenIDs
}

// Open reaches a target, or serves its handler. The errors are those of Run.
// The caller closes the session.
func Open(ctx context.Context, target Target, options Options) (*Session, error) {
	options = options.withDefaults()
	if target.Targets == nil {
		target.Targets = &suite.Targets{}
	}
	if target.URL == "" && target.Handler == nil {
		target.URL = target.Targets.Endpoint
	}
	var checked *httpJournal // a setting, which may be wrong
	if target.Journal == nil && target.Targets.Journal != "" {
		checked = newHTTPJournal(target.Targets.Journal, nil)
		target.Journal = checked
	}
	document, err := readContract(ctx)
	if err != nil {
		return nil, err
	}
	e, err := target.open(ctx)
	if err != nil {
		return nil, err
	}
	if checked != nil {
		if err := checked.check(ctx); err != nil {
			e.close()
			return nil, fmt.Errorf("%w: %w", ErrTarget, err)
		}
	}
	return &Session{
		target: &target, options: options, endpoint: e, contract: document,
		redactor: redact.New(target.Targets.Secrets()...).WithTokens(), seen: newSeenIDs(),
	}, nil
}

// Close stops serving the target's handler. The target of a URL stays as it is.
func (s *Session) Close() { s.endpoint.close() }

// NewRun returns a run without results that starts now.
func (s *Session) NewRun() suite.Run {
	return suite.Run{
		Started: time.Now(), Contract: s.contract.version(), Side: suite.ServerSide, Subjects: []string{s.endpoint.name},
	}
}

// Run runs one case that is for servers, and gives what became of it, whatever
// happens. A case for clients alone is suite.NotRun.
func (s *Session) Run(ctx context.Context, c suite.Case) suite.Result {
	r := suite.Result{
		Case: c.ID, Why: c.Why, Evidence: c.Evidence, Level: c.Level, Side: suite.ServerSide, Subject: s.endpoint.name,
		Verdict: suite.NotRun, Reason: s.skipReason(ctx, &c),
	}
	if r.Reason != "" {
		return r
	}
	start := time.Now()
	s.runCase(ctx, &c, &r)
	r.Duration = time.Since(start)
	return s.redactor.Result(r)
}
