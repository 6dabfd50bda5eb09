package refusal_test

import (
	"errors"
	"io"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

func TestError(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		refused *refusal.Error
		want    string
		failure bool
	}{
		{"row only", &refusal.Error{Row: esaerrors.QuotaExceeded}, "QuotaExceeded: The quota is exceeded.", false},
		{"detail", refusal.New(esaerrors.SiteNotFound, "no site %d", 7), "SiteNotFound: The specified site is not found. [no site 7]", false},
		{"broken rule with an error", &refusal.Error{Row: esaerrors.SiteNotFound, Err: io.EOF}, "SiteNotFound: The specified site is not found. [EOF]", false},
		{"failure", &refusal.Error{Row: esaerrors.QuotaCheckFailed, Detail: "query", Err: io.EOF},
			"QuotaCheckFailed: Failed to check free certificate Quota, please try again later. [query] [EOF]", true},
		{"detail is the error", &refusal.Error{Row: esaerrors.QuotaCheckFailed, Detail: "EOF", Err: io.EOF},
			"QuotaCheckFailed: Failed to check free certificate Quota, please try again later. [EOF]", true},
		{"injected failure", &refusal.Error{Row: esaerrors.QuotaCheckFailed},
			"QuotaCheckFailed: Failed to check free certificate Quota, please try again later.", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := tc.refused.Error(); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if got := tc.refused.IsFailure(); got != tc.failure {
				t.Errorf("IsFailure is %t", got)
			}
			if !errors.Is(tc.refused, tc.refused.Row) || tc.refused.Err != nil && !errors.Is(tc.refused, tc.refused.Err) {
				t.Error("errors.Is does not find the row and the error")
			}
		})
	}
}
