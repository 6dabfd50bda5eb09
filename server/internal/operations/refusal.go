package operations

import (
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
)

// Refusal is the answer to a call that breaks a rule, or that the service
// failed to serve.
//
// errors.Is finds both the row and what caused the failure:
//
//	errors.Is(err, esaerrors.QuotaExceeded)
//
// Only the row is for the caller. Domain, Detail and the wrapped error are for
// the journal and the log; none of them holds a secret.
type Refusal struct {
	Row    *esaerrors.Error
	Cause  Cause  // why a name is not valid; "" for every other row
	Domain string // the name that broke the rule; "" where the rule is not about one
	Detail string // what was found, and what the rule asks

	cause error
}

// Error gives the row's code and message, then the detail and the cause.
func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString(r.Row.Error())
	for _, part := range []string{r.Detail, message(r.cause)} {
		if part != "" {
			b.WriteString(" [")
			b.WriteString(part)
			b.WriteString("]")
		}
	}
	return b.String()
}

// Unwrap gives the row, and the cause where there is one.
func (r *Refusal) Unwrap() []error {
	if r.cause == nil {
		return []error{r.Row}
	}
	return []error{r.Row, r.cause}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// internal is the refusal for a failure that no rule foresees.
func internal(doing string, cause error) *Refusal {
	return &Refusal{Row: esaerrors.InternalException, Detail: doing, cause: cause}
}
