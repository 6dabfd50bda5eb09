// Package deadline tells whether the time of a context is over. The SDK, the
// server and the suite share it.
package deadline

import (
	"context"
	"time"
)

// Ended is the error of a context that has ended, and nil for one that has not.
// A connection whose deadline is that of its context may give up a moment before
// the context's own timer fires; a context is taken as ended then too.
func Ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return nil
}
