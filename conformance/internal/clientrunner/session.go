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

// Session puts cases to one subject, one by one; Run is made of it. Its methods
// may be called concurrently, until Close.
type Session struct {
	subject  Subject
	options  Options
	contract *suite.Contract
	nonces   nonceSet
	secrets  redact.Secrets
	failures failureLimit
	ctx      context.Context // programs live as long as the session, not as one call
	cancel   context.CancelFunc

	mu   sync.Mutex
	idle []instance
}

// Open begins a session. Programs are started when they are needed; those that
// run are killed when ctx ends. Whoever opens a session closes it.
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

// Close ends the programs of the session. It returns an error if one had to be
// killed, or left with another code than 0, although its input had ended.
func (s *Session) Close() error {
	defer s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	var leaving sync.WaitGroup
	errs := make([]error, len(s.idle))
	for i, c := range s.idle {
		leaving.Go(func() { errs[i] = c.close(false) })
	}
	leaving.Wait()
	s.idle = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("end the client %s: %w", s.subject.name, s.secrets.Redactor().Error(err))
	}
	return nil
}

// Run puts one case to the subject. The case must be one for clients, and pass
// Check; another one is Broken.
func (s *Session) Run(ctx context.Context, c suite.Case) suite.Result {
	began := time.Now()
	result := suite.Result{
		Case: c.ID, Why: c.Why, Evidence: c.Evidence, Level: c.Level, Side: suite.ClientSide, Subject: s.subject.name,
	}
	switch err := errors.Join(Check(c), s.failures.exceeded(), ctx.Err()); {
	case err != nil:
		result.Verdict, result.Reason = suite.Errored, "could not be run: "+err.Error()
	default:
		s.runCase(ctx, c, &result)
	}
	result.Duration = time.Since(began)
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

// borrow gives a caller that nobody else uses.
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

// giveBack takes a caller that is well.
func (s *Session) release(c instance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, c)
}

// patience counts the calls in a row that gave no result.
type failureLimit struct {
	mu    sync.Mutex
	count int
	last  error
}

// inARow is how many calls without a result end it.
const maxConsecutiveFailures = 3

func (p *failureLimit) record(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.count >= maxConsecutiveFailures:
	case err == nil:
		p.count = 0
	default:
		p.count++
		p.last = err
	}
}

// lost says why nothing is tried any more; nil if it is.
func (p *failureLimit) exceeded() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count < maxConsecutiveFailures {
		return nil
	}
	return fmt.Errorf("the client gave no result %d times in a row; the last time: %w", maxConsecutiveFailures, p.last)
}
