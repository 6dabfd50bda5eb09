package signature_test

import (
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	got, err := signature.ParseTime(signature.RPCHMACSHA1, "2026-11-23T07:06:34Z")
	if want := time.Date(2026, 11, 23, 7, 6, 34, 0, time.UTC); err != nil || !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("ParseTime = %v, %v, want %v", got, err, want)
	}
	for _, s := range []string{
		"", "now", "2026-11-23", "2026-11-23T07:06:34", "2026-11-23T07:06:34.5Z", "2026-11-23T7:06:34Z",
		"2026-11-23T7:06:4.5Z", "2026-11-23T07:06:34+00:00", "2026-11-23 07:06:34Z", "2026-11-23T07:06:34z",
		"2026-02-30T07:06:34Z", "2026-11-23T24:00:00Z", "2026-11-23T07:06:60Z", " 2026-11-23T07:06:34Z",
		"Mon, 23 Nov 2026 07:06:34 GMT", "1795417594", "2026-11-23T07:06:34,5Z",
	} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			_, err := signature.ParseTime(signature.ACS3HMACSHA256, s)
			wantError(t, err, signature.ErrInvalidTime, "Timestamp", "x-acs-date")
			_, err = signature.ParseTime(signature.RPCHMACSHA1, s)
			wantError(t, err, signature.ErrInvalidTime, "Timestamp", "")
		})
	}
}

func TestMaxClockSkew(t *testing.T) {
	t.Parallel()
	if signature.MaxClockSkew != 15*time.Minute {
		t.Errorf("MaxClockSkew is %v, want the documented 15 minutes", signature.MaxClockSkew)
	}
}
