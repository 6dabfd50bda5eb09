package ctxerr_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/esacert/esacert/client/internal/ctxerr"
)

// late is a context whose timer has not fired yet.
type late struct {
	context.Context
	end time.Time
}

func (l late) Deadline() (time.Time, bool) { return l.end, true }

func TestErr(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	over, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	for name, test := range map[string]struct {
		ctx  context.Context
		want error
	}{
		"no deadline":        {t.Context(), nil},
		"time left":          {late{t.Context(), time.Now().Add(time.Hour)}, nil},
		"canceled":           {canceled, context.Canceled},
		"over":               {over, context.DeadlineExceeded},
		"over, not reported": {late{t.Context(), time.Unix(1, 0)}, context.DeadlineExceeded},
		"canceled and over":  {late{canceled, time.Unix(1, 0)}, context.Canceled},
	} {
		if got := ctxerr.Err(test.ctx); !errors.Is(got, test.want) || (got == nil) != (test.want == nil) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
