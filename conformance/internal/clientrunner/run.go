package clientrunner

import (
	"context"
	"errors"
	"sync"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Run runs the client cases against the subject. It returns one result for each, in the
// order of the cases, and skips server cases.
//
// If a case is invalid, Run returns an error without results and runs nothing. An error
// with results reports that the subject did not exit as it should. When ctx is done,
// finished results are kept, and the verdict of the others is suite.Errored.
func Run(ctx context.Context, subject Subject, cases []suite.Case, options Options) ([]suite.Result, error) {
	forClients, err := selectClientCases(cases)
	if err != nil {
		return nil, err
	}
	session, err := Open(ctx, subject, options)
	if err != nil {
		return nil, err
	}
	results := make([]suite.Result, len(forClients))
	var (
		workers sync.WaitGroup
		doneMu  sync.Mutex
		next    = make(chan int)
	)
	for range min(session.options.Parallel, len(forClients)) {
		workers.Go(func() {
			for i := range next {
				results[i] = session.Run(ctx, forClients[i])
				doneMu.Lock()
				session.options.Done(results[i])
				doneMu.Unlock()
			}
		})
	}
	for i := range forClients {
		next <- i
	}
	close(next)
	workers.Wait()
	return results, session.Close()
}

// selectClientCases returns the client cases, or an error if some are invalid.
func selectClientCases(cases []suite.Case) ([]suite.Case, error) {
	var (
		forClients []suite.Case
		problems   []error
	)
	for _, c := range cases {
		if c.Client != nil {
			forClients = append(forClients, c)
			problems = append(problems, Check(c))
		}
	}
	return forClients, errors.Join(problems...)
}
