package admin

import (
	"errors"
	"net/http"
	"time"

	"github.com/esacert/esacert/server/internal/core"
)

// Nonces is the response to GET /nonces: the state of the nonce memory.
type Nonces struct {
	Held     int       `json:"held"`     // stored nonces
	Capacity int       `json:"capacity"` // places
	Clock    time.Time `json:"clock"`    // present time of the server
	Horizon  time.Time `json:"horizon"`  // nonces that expire earlier were dropped

	// EarliestDate is the date before which signed requests are rejected, even if
	// they are within 15 minutes of the clock. Closed reports that it is in the future, so that every
	// signed request of the present is rejected. Warning explains both.
	EarliestDate time.Time `json:"earliest_date"`
	Closed       bool      `json:"closed"`
	Warning      string    `json:"warning,omitempty"`
}

// LoweredHorizon is the response to POST /nonces/lower. Requests dated from
// DatedFrom on and before DatedBefore that were processed before could be sent
// again: each once, until 15 minutes after its date.
type LoweredHorizon struct {
	From        time.Time `json:"from"` // horizon before
	To          time.Time `json:"to"`   // horizon now
	DatedFrom   time.Time `json:"dated_from"`
	DatedBefore time.Time `json:"dated_before"`
}

func (h handler) nonces(w http.ResponseWriter, _ *http.Request) {
	n := h.Server.Nonces()
	write(w, http.StatusOK, Nonces{
		Held: n.Held, Capacity: n.Capacity, Clock: n.Clock, Horizon: n.Horizon,
		EarliestDate: n.EarliestDate, Closed: n.Closed, Warning: n.Warning(),
	})
}

func (h handler) lowerNonces(w http.ResponseWriter, r *http.Request) {
	lowered, err := h.Server.LowerNonceHorizon(r.Context())
	switch {
	case errors.Is(err, core.ErrNotAhead):
		writeError(w, http.StatusConflict, errors.New(plain(err)))
	case err != nil:
		writeFailure(w, err)
	default:
		write(w, http.StatusOK, LoweredHorizon(lowered))
	}
}
