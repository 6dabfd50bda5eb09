package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers that say how long to wait. The vendor's newer SDKs read the first
// alone and its Go core before v2.2 the next two; the last is the standard one,
// which proxies send.
const (
	headerRetryAfterMillis   = "X-Acs-Retry-After"    // milliseconds
	headerRateLimitAPI       = "X-Ratelimit-User-Api" // Limit:1,Remain:0,TimeLeft:2000,Reset:1234
	headerRateLimitUser      = "X-Ratelimit-User"     // the same
	headerRetryAfterStandard = "Retry-After"          // seconds
)

// longestWait bounds what a header can ask for.
const longestWait = 24 * time.Hour

// retryAfter reads how long an answer asks to wait.
func retryAfter(h http.Header) (time.Duration, bool) {
	if wait, ok := number(h.Get(headerRetryAfterMillis), time.Millisecond); ok {
		return wait, true
	}
	if wait := max(timeLeft(h.Get(headerRateLimitAPI)), timeLeft(h.Get(headerRateLimitUser))); wait > 0 {
		return wait, true
	}
	return number(h.Get(headerRetryAfterStandard), time.Second)
}

// timeLeft reads TimeLeft, in milliseconds, where nothing remains.
func timeLeft(value string) time.Duration {
	var wait time.Duration
	spent := false
	for field := range strings.SplitSeq(value, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(field), ":")
		switch name {
		case "Remain":
			spent = text == "0"
		case "TimeLeft":
			wait, _ = number(text, time.Millisecond)
		}
	}
	if !spent {
		return 0
	}
	return wait
}

// number reads a whole number of units greater than zero.
func number(text string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n <= 0 {
		return 0, false
	}
	return time.Duration(min(n, int64(longestWait/unit))) * unit, true
}
