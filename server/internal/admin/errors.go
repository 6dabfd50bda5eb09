package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

func writeError(w http.ResponseWriter, code int, err error) {
	write(w, code, struct {
		Error string `json:"error"`
	}{err.Error()})
}

// writeFailure writes an error of the store.
func writeFailure(w http.ResponseWriter, err error) {
	writeError(w, http.StatusInternalServerError, errors.New("the store: "+plain(err)))
}

// plain returns the message of an error without package prefixes.
func plain(err error) string {
	parts := strings.Split(err.Error(), ": ")
	last := len(parts) - 1
	kept := slices.DeleteFunc(parts[:last:last], func(part string) bool {
		return slices.Contains([]string{"server", "auth", "store", "sqlite", "issuer", "localca", "scenario"}, part)
	})
	return strings.Join(append(kept, parts[last]), ": ")
}

// readBody decodes a JSON object into the struct that sent points to. Its errors
// describe the problem in terms of JSON.
func readBody(body io.Reader, sent any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(sent); err != nil {
		return bodyError(err, reflect.TypeOf(sent).Elem())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("unexpected data after the JSON object")
	}
	return nil
}

func bodyError(err error, t reflect.Type) error {
	const unknown = "json: unknown field "
	var mismatch *json.UnmarshalTypeError
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("empty body: want a JSON object")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON object is truncated")
	case errors.As(err, &large):
		return fmt.Errorf("the body is too large: want at most %d bytes", large.Limit)
	case errors.As(err, &mismatch):
		want, _ := typeOf(mismatch.Type, nil)
		if mismatch.Field == "" {
			return fmt.Errorf("want a JSON %s, got %s", want, mismatch.Value)
		}
		return fmt.Errorf("%s: want type %s, got %s", mismatch.Field, want, mismatch.Value)
	case strings.HasPrefix(err.Error(), unknown):
		var names []string
		for _, f := range fieldsOf(t, nil) {
			names = append(names, f.Name)
		}
		return fmt.Errorf("unknown field %s: want %s", strings.TrimPrefix(err.Error(), unknown), strings.Join(names, ", "))
	}
	return err
}

// unrouted responds to requests that match no route.
type unrouted struct {
	mux  *http.ServeMux
	hint string // path that lists the routes, or ""
}

// ServeHTTP passes other requests to the mux.
func (u unrouted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse, pattern := u.mux.Handler(r)
	if pattern != "" {
		u.mux.ServeHTTP(w, r)
		return
	}
	refused := discarded{header: http.Header{}}
	refuse.ServeHTTP(&refused, r)
	if allow := refused.header.Get("Allow"); refused.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allow)
		writeError(w, refused.status, fmt.Errorf("%s cannot be used with %s: want %s%s", r.URL.Path, r.Method, allow, u.hint))
		return
	}
	writeError(w, http.StatusNotFound, fmt.Errorf("unknown path %q%s", r.URL.Path, u.hint))
}

// discarded is a response of which only status and header are kept.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) WriteHeader(status int)      { d.status = status }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
