package clientrunner

import (
	"fmt"
	"strconv"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// judgeAttempts counts the requests, and looks at the time between the first
// and the second.
func judgeAttempts(list *checks, c *suite.ClientCase, arrivals []*arrival) {
	fewest, most := bounds(c)
	got := len(arrivals)
	list.add(fewest <= got && got <= most, checkAttempts, span(fewest, most), strconv.Itoa(got), reasonForAttempts(got, fewest, most))
	wait := time.Duration(c.MinRetryDelay)
	if wait <= 0 || got < 2 {
		return
	}
	between := arrivals[1].at.Sub(arrivals[0].at)
	list.add(between >= wait, checkWait, "at least "+wait.String(), between.Round(time.Millisecond).String(),
		"the second attempt came before the time that the answer asks to wait")
}

// bounds gives how many requests may arrive.
func bounds(c *suite.ClientCase) (fewest, most int) {
	if c.NoRequest {
		return 0, 0
	}
	fewest = max(c.MinAttempts, 1)
	return fewest, max(c.MaxAttempts, fewest)
}

func span(fewest, most int) string {
	if fewest == most {
		return strconv.Itoa(fewest)
	}
	return fmt.Sprintf("%d to %d", fewest, most)
}

func reasonForAttempts(got, fewest, most int) string {
	switch {
	case most == 0:
		return "nothing may be sent for this call"
	case got == 0:
		return "no request arrived"
	case got < fewest:
		return "the client gave up early"
	}
	return "more requests arrived than the caller allows"
}
