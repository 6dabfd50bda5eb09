package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/esacert/esacert/server/issuer/localca"
)

// needsAuthority answers where nothing is issued.
func (h handler) needsAuthority(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h.Authority == nil {
			writeError(w, http.StatusConflict, errors.New("nothing is issued by this server: the configuration has issuing: off"))
			return
		}
		next(w, r)
	}
}

func (h handler) root(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(h.Authority.Root()) // the caller is gone if this fails
}

func (h handler) listRules(w http.ResponseWriter, _ *http.Request) {
	rules := h.Authority.Behaviour().Rules()
	if rules == nil {
		rules = []localca.Rule{}
	}
	write(w, http.StatusOK, rules)
}

func (h handler) addRule(w http.ResponseWriter, r *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostScenarioBytes))
	decoder.DisallowUnknownFields()
	var rule localca.Rule
	if err := decoder.Decode(&rule); err != nil {
		writeError(w, http.StatusBadRequest, fmt.Errorf("the rule cannot be read: %w", err))
		return
	}
	if err := h.Authority.Behaviour().Add(rule); err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	write(w, http.StatusCreated, rule)
}

func (h handler) clearRules(w http.ResponseWriter, _ *http.Request) {
	h.Authority.Behaviour().Clear()
	w.WriteHeader(http.StatusNoContent)
}
