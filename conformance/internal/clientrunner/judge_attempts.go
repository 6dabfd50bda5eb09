package clientrunner

import (
	"fmt"
	"strconv"
	"time"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// judgeAttempts checks the number of requests, and the delay between the first and the
// second.
func judgeAttempts(list *checks, c *suite.ClientCase, received []*receivedRequest) {
	minimum, maximum := attemptBounds(c)
	got := len(received)
	list.add(minimum <= got && got <= maximum, checkAttempts, formatRange(minimum, maximum), strconv.Itoa(got), attemptsReason(got, minimum, maximum))
	wait := time.Duration(c.MinRetryDelay)
	if wait <= 0 || got < 2 {
		return
	}
	between := received[1].receivedAt.Sub(received[0].receivedAt)
	list.add(between >= wait, checkWait, "at least "+wait.String(), between.Round(time.Millisecond).String(),
		"the second attempt arrived before the delay that the response requests")
}

// attemptBounds returns how many requests may arrive.
func attemptBounds(c *suite.ClientCase) (minimum, maximum int) {
	if c.NoRequest {
		return 0, 0
	}
	minimum = max(c.MinAttempts, 1)
	return minimum, max(c.MaxAttempts, minimum)
}

func formatRange(minimum, maximum int) string {
	if minimum == maximum {
		return strconv.Itoa(minimum)
	}
	return fmt.Sprintf("%d to %d", minimum, maximum)
}

func attemptsReason(got, minimum, maximum int) string {
	switch {
	case maximum == 0:
		return "this call must not send a request"
	case got == 0:
		return "no request arrived"
	case got < minimum:
		return "the client gave up early"
	}
	return "more requests arrived than the caller allows"
}
