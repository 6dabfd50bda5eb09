// Package ctxerr reports whether a context has expired.
package ctxerr

import (
	"context"
	"time"
)

// Err returns the error of ctx, or nil if ctx is not done. If the deadline of
// ctx has passed and its timer has not fired yet, Err returns
// context.DeadlineExceeded: a connection with the same deadline can time out
// a moment before the timer.
func Err(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return nil
}
