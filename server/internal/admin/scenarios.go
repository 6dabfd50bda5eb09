package admin

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/internal/scenario"
)

// scenarioJSON is the JSON form of a scenario.
type scenarioJSON struct {
	Row        string   `json:"row,omitempty" doc:"error key of the contract, for example QuotaExceeded; or set fault"`
	Fault      string   `json:"fault,omitempty" doc:"connection-reset, cut-body or html-503; or set row"`
	Times      int      `json:"times,omitempty" doc:"number of calls; default 1"`
	RetryAfter duration `json:"retry_after,omitempty" doc:"with row: sent in the header x-acs-retry-after"`

	RetryAfterMS int64 `json:"retry_after_ms,omitempty" doc:"deprecated: retry_after in milliseconds"`
}

func newScenarioJSON(a scenario.Scenario) scenarioJSON {
	s := scenarioJSON{Fault: string(a.Fault), Times: a.Times, RetryAfter: duration(a.RetryAfter), RetryAfterMS: a.RetryAfter.Milliseconds()}
	if a.Response != nil {
		s.Row = a.Response.Key
	}
	return s
}

func (s scenarioJSON) toScenario() (scenario.Scenario, error) {
	decoded := scenario.Scenario{Fault: scenario.Fault(s.Fault), Times: cmp.Or(s.Times, 1)}
	var err error
	if decoded.RetryAfter, err = either("retry_after", s.RetryAfter, "retry_after_ms", s.RetryAfterMS, time.Millisecond); err != nil {
		return decoded, err
	}
	if s.Row != "" {
		decoded.Response, err = findRow(s.Row)
	}
	return decoded, err
}

func (h handler) listScenarios(w http.ResponseWriter, _ *http.Request) {
	shown := []scenarioJSON{}
	for _, a := range h.Server.Scenarios().Pending() {
		shown = append(shown, newScenarioJSON(a))
	}
	write(w, http.StatusOK, shown)
}

func (h handler) addScenario(w http.ResponseWriter, sent scenarioJSON) {
	decoded, err := sent.toScenario()
	if err == nil {
		err = h.Server.Scenarios().Push(decoded)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	write(w, http.StatusCreated, newScenarioJSON(decoded))
}

// findRow returns the error with a key, or with a code that only one error has.
func findRow(key string) (*esaerrors.Error, error) {
	if row, ok := esaerrors.ByKey(key); ok {
		return row, nil
	}
	var keys []string
	for _, row := range slices.Concat(esaops.ApplyCertificate.Errors, esaerrors.Gateway()) {
		if row.Code == key {
			keys = append(keys, row.Key)
		}
	}
	if len(keys) > 0 {
		return nil, fmt.Errorf("row: %s is the code of %d errors: want one of %s", key, len(keys), strings.Join(keys, ", "))
	}
	return nil, fmt.Errorf("row: unknown error key %q", key)
}

func (h handler) clearScenarios(w http.ResponseWriter, _ *http.Request) {
	h.Server.Scenarios().Clear()
	w.WriteHeader(http.StatusNoContent)
}
