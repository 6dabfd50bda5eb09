package serverrunner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// sendConcurrently sends the same request over n connections simultaneously. One
// response must match the first alternative, and all others the second.
func (a *caseRun) sendConcurrently(ctx context.Context, n int, s *sentRequest, alternatives []expected) (checks, error) {
	if len(alternatives) != 2 {
		return nil, fmt.Errorf("%w: concurrent requests: got %d expected responses, want 2, for one request and for the others", errInvalidCase, len(alternatives))
	}
	responses := a.endpoint.sendConcurrently(ctx, n, s)
	one, others := &alternatives[0], &alternatives[1]
	var (
		all checks
		ofs = make([]*expected, n)
	)
	first := 0
	for i, got := range responses {
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
	c.add("once", first == 1, fmt.Sprintf("1 of %d responses matches the first alternative", n), fmt.Sprintf("%d of %d", first, n))
	for i, got := range responses {
		if ofs[i] == nil {
			continue
		}
		all = merge(all, ofs[i].judge(got))
		all = merge(all, a.commonChecks(ctx, s, one.meantValid(s), got))
		all = merge(all, a.checkRule(ctx, a.ruleOf(ofs[i], s), got))
	}
	return append(c, all...), nil
}

// merge adds the checks of another response. Of the checks with the same name it
// keeps the first that failed, or the first if none failed.
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

// sendConcurrently opens n connections and then sends all requests simultaneously.
// It opens the connections concurrently, because a server closes a connection whose
// request does not arrive in time.
func (e *endpoint) sendConcurrently(ctx context.Context, n int, s *sentRequest) []*response {
	responses := make([]*response, n)
	var connected, done sync.WaitGroup
	connected.Add(n)
	for i := range n {
		done.Go(func() {
			conn, failed := e.connect(ctx, s.bytes)
			connected.Done()
			connected.Wait()
			if responses[i] = failed; failed == nil {
				responses[i] = writeAndRead(ctx, conn, s.bytes, s.method, time.Now())
			}
		})
	}
	done.Wait()
	return responses
}
