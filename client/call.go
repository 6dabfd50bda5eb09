package client

import (
	"context"
	"errors"
	"time"

	"github.com/esacert/esacert/client/deadline"
	"github.com/esacert/esacert/gen/esaapi"
)

// call is one ApplyCertificate with its attempts.
type call struct {
	*settings
	params      esaapi.ApplyCertificateParams
	credentials Credentials
	started     time.Time
	schedule    schedule
	lost        bool // an attempt was sent and got no proper answer
}

// run makes attempts until one is accepted or refused for good.
func (c *call) run(ctx context.Context) (*ApplyCertificateOutput, error) {
	c.started = c.clock()
	c.schedule = schedule{policy: c.retry, random: c.jitter}
	var last attemptError
	for number := 1; ; number++ {
		output, failed, err := c.attempt(ctx, number)
		switch {
		case err != nil && last != nil:
			last.conclude(number-1, c.lost, err)
			return nil, last
		case err != nil:
			return nil, err
		case failed == nil:
			output.Attempts = number
			return output, nil
		}
		last = failed
		c.lost = c.lost || failed.lost()
		if stopped := c.pause(ctx, number, failed); stopped != nil {
			if errors.Is(stopped, errEnough) {
				stopped = nil
			}
			failed.conclude(number, c.lost, stopped)
			return nil, failed
		}
	}
}

// errEnough says that another attempt is not wanted.
var errEnough = errors.New("enough attempts")

// pause waits for the time of the next attempt. It returns errEnough where there
// is to be none, and what ended the wait where there was to be one.
func (c *call) pause(ctx context.Context, number int, failed attemptError) error {
	if number >= c.retry.MaxAttempts || !failed.Retryable() || errors.Is(failed, deadline.Ended(ctx)) {
		return errEnough
	}
	if deadline.Ended(ctx) != nil {
		return ended(ctx)
	}
	var asked time.Duration
	if told, ok := failed.(interface{ RetryAfter() (time.Duration, bool) }); ok {
		asked, _ = told.RetryAfter()
	}
	wait := c.schedule.next(asked)
	if c.clock().Sub(c.started)+wait > c.retry.MaxElapsed {
		return errEnough
	}
	// A wait beyond the caller's deadline would only delay the bad news.
	if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
		return errEnough
	}
	c.logRetry(ctx, number, failed, wait)
	err := c.sleep(ctx, wait)
	if deadline.Ended(ctx) != nil {
		return ended(ctx)
	}
	return err
}
