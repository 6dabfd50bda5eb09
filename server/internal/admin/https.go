package admin

import (
	"errors"
	"net/http"
)

// httpsRoot returns the root that API clients must trust.
func (h handler) httpsRoot(w http.ResponseWriter, _ *http.Request) {
	if h.HTTPSRoot == nil {
		writeError(w, http.StatusConflict, errors.New("the server has no HTTPS root: start it with --https"))
		return
	}
	writePEM(w, h.HTTPSRoot())
}

func writePEM(w http.ResponseWriter, certificate []byte) {
	w.Header().Set("Content-Type", contentPEM)
	_, _ = w.Write(certificate) // fails only if the caller has disconnected
}
