package admin

import (
	"errors"
	"net/http"
)

// httpsRoot returns the root that clients of the API have to trust.
func (h handler) httpsRoot(w http.ResponseWriter, _ *http.Request) {
	if h.HTTPSRoot == nil {
		writeError(w, http.StatusConflict, errors.New("the server has no HTTPS root of its own: start it with --https"))
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(h.HTTPSRoot()) // the caller is gone if this fails
}
