package ctxerr_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/esacert/esacert/conformance/internal/ctxerr"
)

// unfiredContext is a context whose timer has not fired yet.
type unfiredContext struct {
	context.Context
	end time.Time
}

func (c unfiredContext) Deadline() (time.Time, bool) { return c.end, true }

func TestErr(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	for name, test := range map[string]struct {
		ctx  context.Context
		want error
	}{
		"no deadline":            {t.Context(), nil},
		"before the deadline":    {unfiredContext{t.Context(), time.Now().Add(time.Hour)}, nil},
		"canceled":               {canceled, context.Canceled},
		"expired":                {expired, context.DeadlineExceeded},
		"expired, timer pending": {unfiredContext{t.Context(), time.Unix(1, 0)}, context.DeadlineExceeded},
		"canceled and expired":   {unfiredContext{canceled, time.Unix(1, 0)}, context.Canceled},
	} {
		if got := ctxerr.Err(test.ctx); !errors.Is(got, test.want) || (got == nil) != (test.want == nil) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
