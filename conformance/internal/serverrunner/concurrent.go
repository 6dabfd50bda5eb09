package serverrunner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// sendConcurrently sends the same bytes over several connections at once. One answer must
// be the first alternative, all others the second.
func (a *caseRun) sendConcurrently(ctx context.Context, n int, s *sentRequest, alternatives []expected) (checks, error) {
	if len(alternatives) != 2 {
		return nil, fmt.Errorf("%w: concurrent requests need two answers, that of the one and that of the others", errInvalidCase)
	}
	answers := a.endpoint.sendConcurrently(ctx, n, s)
	one, others := &alternatives[0], &alternatives[1]
	var (
		all checks
		ofs = make([]*expected, n)
	)
	first := 0
	for i, got := range answers {
		a.record(s, got)
		if c, ok := a.checkComplete(got); ok {
			all = merge(all, c)
			continue
		}
		if err := a.checkHandlerReached(got); err != nil {
			return nil, err
		}
		ofs[i] = others
		if one.judge(got).failed() == 0 {
			ofs[i] = one
			first++
		}
	}
	var c checks
	c.add("once", first == 1, fmt.Sprintf("1 of %d answers is the first alternative", n), fmt.Sprintf("%d of %d", first, n))
	for i, got := range answers {
		if ofs[i] == nil {
			continue
		}
		all = merge(all, ofs[i].judge(got))
		all = merge(all, a.commonChecks(ctx, s, one.Accepted != nil, got))
		all = merge(all, a.checkRule(ctx, ruleOf(ofs[i], a.testCase.Violates), got))
	}
	return append(c, all...), nil
}

// merge adds the checks of one more answer: under each name the first that does
// not hold is kept, else the first.
func merge(into, more checks) checks {
next:
	for _, check := range more {
		for i := range into {
			if into[i].Name == check.Name {
				if into[i].Verdict == suite.Passed {
					into[i] = check
				}
				continue next
			}
		}
		into = append(into, check)
	}
	return into
}

// sendConcurrently connects first and then lets all requests go in the same moment. It
// connects at once too: a server waits for the request of a connection only so
// long, and the last connection may be many round trips after the first.
func (e *endpoint) sendConcurrently(ctx context.Context, n int, s *sentRequest) []*response {
	answers := make([]*response, n)
	var connected, done sync.WaitGroup
	connected.Add(n)
	for i := range n {
		done.Go(func() {
			conn, failed := e.connect(ctx, s.bytes)
			connected.Done()
			connected.Wait()
			if answers[i] = failed; failed == nil {
				answers[i] = writeAndRead(ctx, conn, s.bytes, s.method, time.Now())
			}
		})
	}
	done.Wait()
	return answers
}
