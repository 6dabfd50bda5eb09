package signature

import "time"

// MaxClockSkew is the maximum difference between the time of a request and the
// server's clock, and therefore how long a server must remember a nonce.
// Sources: the vendor's page on signature version 3 and its general error list
// (InvalidTimeStamp.Expired), which both say 15 minutes.
const MaxClockSkew = 15 * time.Minute

// timeLayout is the time format of both schemes: UTC, whole seconds, a literal
// Z.
const timeLayout = "2006-01-02T15:04:05Z"

// ParseTime parses Claim.Date. Both schemes require the form
// 2006-01-02T15:04:05Z, without fraction or offset. For anything else it
// returns an *Error with ErrInvalidTime that names the header or parameter of
// the scheme.
func ParseTime(scheme Scheme, s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err == nil {
		// time.Parse accepts a fraction and an hour of one digit; formatting
		// the time again reveals it.
		var buf [len(timeLayout)]byte
		if string(t.AppendFormat(buf[:0], timeLayout)) == s {
			return t, nil
		}
	}
	fault := &Error{Reason: ErrInvalidTime, Parameter: paramTimestamp, Detail: excerpt(s) + ": want YYYY-MM-DDThh:mm:ssZ"}
	if scheme.IsACS3() {
		fault.Header = headerDate
	}
	return time.Time{}, fault
}

// formatTime formats a time for both schemes.
func formatTime(t time.Time) string {
	return t.UTC().Format(timeLayout)
}
