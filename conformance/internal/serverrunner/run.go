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

// Options say how cases are run. The zero value runs them one after another,
// and none that writes.
type Options struct {
	// AllowWrites runs the cases that make applications too.
	AllowWrites bool
	// Timeout is for one case with all its steps; 0 is 15 s.
	Timeout time.Duration
	// Parallel is how many cases run at once; 0 is 1.
	Parallel int
	// Progress is told of each result as it comes, never twice at once. Nil tells
	// nobody.
	Progress func(suite.Result)
	// Now is the clock that requests are signed with. Nil is time.Now.
	Now func() time.Time
	// Nonce gives a text that no request had before. Nil is 32 random hexadecimal
	// digits.
	Nonce func() string
	// UniqueLabel gives a label of a domain name that no run of a case had before,
	// since what a server once accepted it refuses the next time. Nil is 16 random
	// letters and digits.
	UniqueLabel func() string
}

// defaultTimeout leaves room for a server that waits ten seconds, as ours does,
// for the rest of a request.
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
	// It never fails; see package crypto/rand.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Run runs the server cases among the cases; others are left out. The results
// are in the order of the cases.
//
// The error is about the target alone: ErrTarget, or an *UnreachableError, and
// nothing has run then. If the context ends, what has finished is there, the
// rest is suite.NotRun, and the error is that of the context.
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
		return run, fmt.Errorf("the run was stopped: %w", err)
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

// runAll runs the cases, some at once.
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
