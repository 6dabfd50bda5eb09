package servers

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/suite"
)

// volley sends the same bytes over several connections at once. One answer must
// be the first alternative, all others the second.
func (a *attempt) volley(ctx context.Context, n int, s *sent, alternatives []expected) (checks, error) {
	if len(alternatives) != 2 {
		return nil, fmt.Errorf("%w: concurrent requests need two answers, that of the one and that of the others", errCase)
	}
	answers := a.endpoint.atOnce(ctx, n, s)
	one, others := &alternatives[0], &alternatives[1]
	var (
		all checks
		ofs = make([]*expected, n)
	)
	first := 0
	for i, got := range answers {
		a.record(s, got)
		if c, ok := a.unanswered(got); ok {
			all = merge(all, c)
			continue
		}
		if err := a.isTheirs(got); err != nil {
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
		all = merge(all, a.everywhere(ctx, s, one.Accepted != nil, got))
		all = merge(all, a.rule(ctx, ruleOf(ofs[i], a.of.Breaks), got))
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

// atOnce connects first and then lets all requests go in the same moment.
func (e *endpoint) atOnce(ctx context.Context, n int, s *sent) []*answer {
	var (
		answers     = make([]*answer, n)
		connections = make([]net.Conn, n)
		start       = make(chan struct{})
		done        sync.WaitGroup
	)
	for i := range n {
		connections[i], answers[i] = e.connect(ctx, s.bytes)
	}
	for i, conn := range connections {
		if conn == nil {
			continue
		}
		done.Go(func() {
			<-start
			answers[i] = converse(ctx, conn, s.bytes, s.method, time.Now())
		})
	}
	close(start)
	done.Wait()
	return answers
}
