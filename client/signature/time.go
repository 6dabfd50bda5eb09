package signature

import "time"

// MaxClockSkew is how far the time that a request claims may lie from the server's
// own, before or after, and therefore how long a server has to remember a
// nonce. Sources: the vendor's page on signature version 3 and its general error
// list (InvalidTimeStamp.Expired), which both say 15 minutes.
const MaxClockSkew = 15 * time.Minute

// timeLayout is the one form of time that both schemes know: UTC, whole
// seconds, a literal Z.
const timeLayout = "2006-01-02T15:04:05Z"

// ParseTime reads the time of a request as it stands in Claim.Date. Both
// schemes use the form 2006-01-02T15:04:05Z and no other: no fraction, no
// offset, no missing zero. Anything else, the empty text included, gives an
// *Error with ErrInvalidTime that names the header or parameter of the scheme.
func ParseTime(scheme Scheme, text string) (time.Time, error) {
	t, err := time.Parse(timeLayout, text)
	if err == nil {
		// time.Parse forgives a fraction and an hour of one digit; writing the
		// time again shows whether it had to.
		var buf [len(timeLayout)]byte
		if string(t.AppendFormat(buf[:0], timeLayout)) == text {
			return t, nil
		}
	}
	fault := &Error{Reason: ErrInvalidTime, Parameter: paramTimestamp, Detail: excerpt(text) + ": want YYYY-MM-DDThh:mm:ssZ"}
	if scheme.IsACS3() {
		fault.Header = headerDate
	}
	return time.Time{}, fault
}

// formatTime writes a time as both schemes want it.
func formatTime(t time.Time) string {
	return t.UTC().Format(timeLayout)
}
