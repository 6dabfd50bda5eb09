package serverrunner

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/internal/ctxerr"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Options configures a run. By default, cases run one after another, and cases that
// write do not run.
type Options struct {
	// AllowWrites also runs the cases that create applications.
	AllowWrites bool
	// Timeout limits one case with all its steps. Default: 15 s.
	Timeout time.Duration
	// Parallel is the number of cases that run concurrently. Default: 1.
	Parallel int
	// Progress is called with each result, never concurrently. If nil, no callback
	// is made.
	Progress func(suite.Result)
	// Now returns the time at which requests are signed. Default: time.Now.
	Now func() time.Time
	// Nonce returns a new nonce. Default: 32 random hexadecimal digits.
	Nonce func() string
	// UniqueLabel returns a new domain label, because a server rejects a domain that
	// an earlier run applied for. Default: 16 random letters and digits.
	UniqueLabel func() string
}

// defaultTimeout exceeds the ten seconds that esacertd waits for the rest of a
// request.
const defaultTimeout = 15 * time.Second

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Parallel <= 0 {
		o.Parallel = 1
	}
	if o.Progress == nil {
		o.Progress = func(suite.Result) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Nonce == nil {
		o.Nonce = randomNonce
	}
	if o.UniqueLabel == nil {
		o.UniqueLabel = func() string { return strings.ToLower(rand.Text()[:16]) }
	}
	return o
}

func randomNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Run runs the server cases among the given cases and returns their results in the
// same order.
//
// It returns an error that wraps ErrTarget, or an *UnreachableError, if no case could
// run. If the context is done, it returns its error and the results so far; the
// remaining cases are suite.NotRun.
func Run(ctx context.Context, target Target, cases []suite.Case, options Options) (suite.Run, error) {
	session, err := Open(ctx, target, options)
	if err != nil {
		return suite.Run{Started: time.Now(), Side: suite.ServerSide}, err
	}
	defer session.Close()
	run := session.NewRun()
	start := time.Now()
	run.Results = session.runAll(ctx, serverCases(cases))
	run.Duration = time.Since(start)
	if err := ctxerr.Err(ctx); err != nil {
		return run, fmt.Errorf("run stopped: %w", err)
	}
	return run, nil
}

func serverCases(cases []suite.Case) []*suite.Case {
	var selected []*suite.Case
	for i := range cases {
		if cases[i].Server != nil {
			selected = append(selected, &cases[i])
		}
	}
	return selected
}

// runAll runs the cases, up to Options.Parallel of them concurrently.
func (s *Session) runAll(ctx context.Context, cases []*suite.Case) []suite.Result {
	var (
		results  = make([]suite.Result, len(cases))
		slots    = make(chan struct{}, s.options.Parallel)
		progress sync.Mutex
		running  sync.WaitGroup
	)
	for i, c := range cases {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			results[i] = s.Run(ctx, *c)
			progress.Lock()
			defer progress.Unlock()
			s.options.Progress(results[i])
		})
	}
	running.Wait()
	return results
}
