package clientrunner

import (
	"context"
	"errors"
	"sync"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Run puts every case that is for clients to the subject, and gives one result
// for each, in the order of the cases; cases for servers alone are left out.
//
// A case that makes no sense is an error, and then nothing is run: there are no
// results. With results, an error says that the subject did not end as it
// should, which is no case's fault. When ctx ends, what had finished is kept and
// the rest is Broken.
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
		telling sync.Mutex
		next    = make(chan int)
	)
	for range min(session.options.Parallel, len(forClients)) {
		workers.Go(func() {
			for i := range next {
				results[i] = session.Run(ctx, forClients[i])
				telling.Lock()
				session.options.Done(results[i])
				telling.Unlock()
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

// selected gives the cases for clients, or what is wrong with them.
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
