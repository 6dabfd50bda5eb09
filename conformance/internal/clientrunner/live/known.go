package live

import (
	"errors"
	"fmt"

	"github.com/esacert/esacert/conformance/internal/process"
)

// Known is a failure that a client is known to have in a situation, in all its
// ways. It must fail there: one that passes is a failure, and so is one that
// names a situation in which the client was never put.
type Known struct{ Situation, Reason string }

// Record notes what came of a call, err being nil where nothing is wrong with
// it. An adapter that broke is no known failure.
func (m *Matrix) Record(c Client, situation, way string, err error) {
	reason, known := c.known(situation)
	switch {
	case known && err == nil:
		m.Fail(situation, c.Name, way, fmt.Errorf("it is known to fail (%s), and passes", reason))
	case known && !isBroken(err):
		m.Known(situation, c.Name, reason)
	case err != nil:
		m.Fail(situation, c.Name, way, err)
	default:
		m.Pass(situation, c.Name)
	}
}

// CheckKnown notes the known failures of a client that nothing was seen of,
// after everything has run.
func (m *Matrix) CheckKnown(c Client) {
	for _, known := range c.Known {
		if !m.has(known.Situation, c.Name) {
			m.Fail(known.Situation, c.Name, "any", errors.New("it is known to fail here, and was never put here"))
		}
	}
}

func (c Client) known(situation string) (reason string, known bool) {
	for _, known := range c.Known {
		if known.Situation == situation {
			return known.Reason, true
		}
	}
	return "", false
}

func isBroken(err error) bool {
	var (
		died    *process.ExitError
		garbage *process.ProtocolError
		silent  *process.TimeoutError
	)
	return errors.As(err, &died) || errors.As(err, &garbage) || errors.As(err, &silent)
}
