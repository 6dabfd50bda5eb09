package clientrunner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Session runs single cases against one subject. It is safe for concurrent use, except
// that Close must be the last call.
type Session struct {
	subject  Subject
	options  Options
	contract *suite.Contract
	nonces   nonceSet
	secrets  redact.Secrets
	failures failureLimit
	ctx      context.Context // programs outlive a call
	cancel   context.CancelFunc

	mu   sync.Mutex
	idle []instance
}

// Open returns a new session. It starts programs when they are needed, and kills them
// when ctx is done. The caller must call Close.
func Open(ctx context.Context, subject Subject, options Options) (*Session, error) {
	contract := options.Contract
	if contract == nil {
		var err error
		if contract, err = suite.ReadContract(); err != nil {
			return nil, err
		}
	}
	ctx, end := context.WithCancel(ctx)
	return &Session{subject: subject, options: options.withDefaults(subject), contract: contract, ctx: ctx, cancel: end}, nil
}

// Close ends the programs of the session. It returns an error if a program did not exit
// after the end of its input, or exited with a code other than 0.
func (s *Session) Close() error {
	defer s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	var closing sync.WaitGroup
	errs := make([]error, len(s.idle))
	for i, c := range s.idle {
		closing.Go(func() { errs[i] = c.close(false) })
	}
	closing.Wait()
	s.idle = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close client %s: %w", s.subject.name, s.secrets.Redactor().Error(err))
	}
	return nil
}

// Run runs one case. The verdict is suite.Errored if the case is not a client case or
// does not pass Check.
func (s *Session) Run(ctx context.Context, c suite.Case) suite.Result {
	start := time.Now()
	result := suite.Result{
		Case: c.ID, Why: c.Why, Evidence: c.Evidence, Level: c.Level, Side: suite.ClientSide, Subject: s.subject.name,
	}
	switch err := errors.Join(Check(c), s.failures.exceeded(), ctx.Err()); {
	case err != nil:
		result.Verdict, result.Reason = suite.Errored, "could not be run: "+err.Error()
	default:
		s.runCase(ctx, c, &result)
	}
	result.Duration = time.Since(start)
	return result.Redacted(s.secrets.Redactor())
}

// Name returns the name of the subject.
func (s *Session) Name() string { return s.subject.name }

// Call makes a call that is not part of a case. Timeout, grace period and the limit of
// consecutive failures apply as for a case. The secrets of all calls of the session are
// redacted in the error.
func (s *Session) Call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	if err := s.failures.exceeded(); err != nil {
		return adapters.Result{}, s.secrets.Redactor().Error(err)
	}
	s.secrets.Add(request.AccessKeySecret, request.SecurityToken, request.BearerToken)
	if request.TimeoutMs == 0 {
		request.TimeoutMs = int(s.options.Timeout / time.Millisecond)
	}
	result, err := s.call(ctx, request)
	return result, s.secrets.Redactor().Error(err)
}

// acquire returns an idle instance, or a new one.
func (s *Session) acquire() (instance, error) {
	s.mu.Lock()
	if last := len(s.idle) - 1; last >= 0 {
		c := s.idle[last]
		s.idle = s.idle[:last]
		s.mu.Unlock()
		return c, nil
	}
	s.mu.Unlock()
	return s.subject.start(s.ctx)
}

// release makes an instance available again.
func (s *Session) release(c instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, c)
}

// failureLimit counts consecutive calls without a result.
type failureLimit struct {
	mu    sync.Mutex
	count int
	last  error
}

// maxConsecutiveFailures is the number of calls without a result that stops a session.
const maxConsecutiveFailures = 3

func (l *failureLimit) record(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.count >= maxConsecutiveFailures:
	case err == nil:
		l.count = 0
	default:
		l.count++
		l.last = err
	}
}

// exceeded returns the reason if the limit has been reached, and nil otherwise.
func (l *failureLimit) exceeded() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count < maxConsecutiveFailures {
		return nil
	}
	return fmt.Errorf("stopped after %d calls without a result: %w", maxConsecutiveFailures, l.last)
}
