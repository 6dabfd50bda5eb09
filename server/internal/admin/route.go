package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// route is one method of a path: its description and its handler.
type route struct {
	Endpoint
	readOnly bool // the explorer may call it
	serve    func(w http.ResponseWriter, r *http.Request, q query)
}

func get(path, description string, parameters ...Parameter) route {
	return route{Endpoint: Endpoint{Method: http.MethodGet, Path: path, Description: description, Query: parameters}}
}

func post(path, description string) route {
	return route{Endpoint: Endpoint{Method: http.MethodPost, Path: path, Description: description}}
}

func remove(path, description string) route {
	return route{Endpoint: Endpoint{Method: http.MethodDelete, Path: path, Description: description}}
}

// by sets the handler of a route without query parameters.
func (r route) by(serve http.HandlerFunc) route {
	r.serve = func(w http.ResponseWriter, request *http.Request, _ query) { serve(w, request) }
	return r
}

// withQuery sets the handler of a route with query parameters.
func (r route) withQuery(serve func(w http.ResponseWriter, r *http.Request, q query)) route {
	r.serve = serve
	return r
}

// needing adds a check that responds instead of the handler if it fails.
func (r route) needing(check func(http.HandlerFunc) http.HandlerFunc) route {
	serve := r.serve
	r.serve = func(w http.ResponseWriter, request *http.Request, q query) {
		check(func(w http.ResponseWriter, request *http.Request) { serve(w, request, q) })(w, request)
	}
	return r
}

// forPages makes a read-only route available to the explorer.
func (r route) forPages() route {
	r.readOnly = true
	return r
}

// returns describes the response by its Go type.
func returns[T any](r route) route {
	r.Response = bodyOf(reflect.TypeFor[T]())
	return r
}

// returnsText describes a response that is not JSON.
func (r route) returnsText(contentType string) route {
	r.Response = &Body{ContentType: contentType}
	return r
}

// maxBodyBytes is the maximum size of a request body.
const maxBodyBytes = 64 << 10

// accepts describes the request body by the Go type passed to the handler and an
// example.
func accepts[T any](r route, what string, example T, serve func(w http.ResponseWriter, sent T)) route {
	r.Request = bodyOf(reflect.TypeFor[T]())
	r.Request.Example = example
	r.serve = func(w http.ResponseWriter, request *http.Request, _ query) {
		var sent T
		if err := readBody(http.MaxBytesReader(w, request.Body, maxBodyBytes), &sent); err != nil {
			writeError(w, http.StatusBadRequest, fmt.Errorf("the %s cannot be decoded: %w", what, err))
			return
		}
		serve(w, sent)
	}
	return r
}

// mux registers routes. It is the only place that does.
func mux(routes []route) http.Handler {
	m := http.NewServeMux()
	for _, r := range routes {
		pattern := r.Method + " " + r.Path
		if strings.HasSuffix(r.Path, "/") {
			pattern += "{$}" // this path alone
		}
		m.HandleFunc(pattern, func(w http.ResponseWriter, request *http.Request) {
			var q query
			if len(r.Query) > 0 {
				var err error
				if q, err = readQuery(request.URL.Query(), r.Query); err != nil {
					writeError(w, http.StatusBadRequest, err)
					return
				}
			}
			r.serve(w, request, q)
		})
	}
	hint := ""
	if slices.ContainsFunc(routes, func(r route) bool { return r.Path == "/" }) {
		hint = "; GET / lists all paths and methods"
	}
	return unrouted{m, hint}
}

// index lists the routes. It is indented for human readers.
func index(routes []route) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		listed := make([]Endpoint, len(routes))
		for i, r := range routes {
			listed[i] = r.Endpoint
		}
		if err := encoder.Encode(listed); err != nil {
			writeError(w, http.StatusInternalServerError, err)
			return
		}
		w.Header().Set("Content-Type", contentJSON)
		_, _ = w.Write(out.Bytes()) // fails only if the caller has disconnected
	}
}
