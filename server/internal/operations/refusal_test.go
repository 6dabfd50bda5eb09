package operations_test

import (
	"errors"
	"io"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

func TestRefusalKeepsItsCause(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(w *fixture)
		row    *esaerrors.Error
		cause  error
		want   string
	}{
		{"ledger", func(w *fixture) { w.ledger.failure = store.ErrClosed }, esaerrors.InternalException, store.ErrClosed,
			"InternalException: Failed to call the service. Try again later or contact technical support. [store applications] [store: closed]"},
		{"site", func(w *fixture) { w.siteErr = io.ErrUnexpectedEOF }, esaerrors.InternalException, io.ErrUnexpectedEOF,
			"InternalException: Failed to call the service. Try again later or contact technical support. [find site 1234567890123] [unexpected EOF]"},
		{"quota", func(w *fixture) { w.quotaErr = io.ErrClosedPipe }, esaerrors.QuotaCheckFailed, io.ErrClosedPipe,
			"QuotaCheckFailed: Failed to check free certificate Quota, please try again later. [query lets_encrypt quota of plan standard] [io: read/write on closed pipe]"},
		{"rule", func(w *fixture) { w.request.SiteID = 7 }, esaerrors.SiteNotFound, nil,
			"SiteNotFound: The specified site is not found. [account 1000000000000001 has no site 7]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			c.change(w)
			_, err := w.apply(t.Context())
			if !errors.Is(err, c.row) || (c.cause != nil && !errors.Is(err, c.cause)) {
				t.Errorf("%v is not both %v and %v", err, c.row, c.cause)
			}
			if err.Error() != c.want {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}

func TestRefusalWithoutDetail(t *testing.T) {
	t.Parallel()
	refused := &refusal.Error{Row: esaerrors.QuotaExceeded}
	if got, want := refused.Error(), "QuotaExceeded: The quota is exceeded."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var row *esaerrors.Error
	if !errors.As(refused, &row) || row != esaerrors.QuotaExceeded {
		t.Errorf("errors.As returns %v", row)
	}
}
