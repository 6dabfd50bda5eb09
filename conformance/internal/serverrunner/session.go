package serverrunner

import (
	"context"
	"fmt"
	"time"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Session runs cases one by one against a target. It records the IDs in responses,
// which must differ across the cases of a session. It is safe for concurrent use.
type Session struct {
	target   *Target
	options  Options
	endpoint *endpoint
	contract *contract
	redactor *redact.Redactor
	seen     *seenIDs
}

// Open connects to a target, or serves its handler. Its errors are those of Run. The
// caller must call Close.
func Open(ctx context.Context, target Target, options Options) (*Session, error) {
	options = options.withDefaults()
	if target.Targets == nil {
		target.Targets = &suite.Targets{}
	}
	if target.URL == "" && target.Handler == nil {
		target.URL = target.Targets.Endpoint
	}
	var checked *httpJournal // set if its URL comes from the targets file and may be wrong
	if target.Journal == nil && target.Targets.Journal != "" {
		checked = newHTTPJournal(target.Targets.Journal, nil)
		target.Journal = checked
	}
	document, err := readContract()
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

// Close stops serving the handler of the target. It does nothing for a URL.
func (s *Session) Close() { s.endpoint.close() }

// NewRun returns a run without results that starts now.
func (s *Session) NewRun() suite.Run {
	return suite.Run{
		Started: time.Now(), Contract: s.contract.Version, Side: suite.ServerSide, Subjects: []string{s.endpoint.name},
	}
}

// Run runs one server case and returns its result. The result of a client case is
// suite.NotRun.
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
	return r.Redacted(s.redactor)
}
