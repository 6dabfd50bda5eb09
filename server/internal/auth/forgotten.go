package auth

import (
	"fmt"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// EarliestDate returns the earliest date that a request may have, given the time
// up to which nonces were forgotten.
func EarliestDate(horizon time.Time) time.Time { return horizon.Add(-signature.MaxClockSkew) }

// forgottenDetail explains in the journal why a date within the window is
// rejected.
func forgottenDetail(date string, horizon, now time.Time) string {
	return fmt.Sprintf("signed at %s, the clock says %s, but requests dated before %s are rejected: "+
		"the clock was ahead and was set back, and nonces that expire before %s are forgotten, so a request from before could be sent again "+
		"('esacertd nonces lower' accepts that)",
		date, now.UTC().Format(time.RFC3339), EarliestDate(horizon).Format(time.RFC3339), horizon.Format(time.RFC3339))
}
