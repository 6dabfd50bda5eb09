package core

import (
	"fmt"
	"net/http"
	"strings"
)

// route is a mounted handler.
type route struct {
	path    string
	handler http.Handler
}

// Mount adds a handler for a path on the listener of the API, for example for a page
// or for challenges. A path that ends in / includes all paths below it. If several
// match, the first one mounted is used. These requests are not recorded in the
// journal, and only the limits of the listener apply. Mount all handlers before the
// first request.
//
// It returns an error if the path is / or does not begin with /, or if the handler is
// nil.
func (s *Server) Mount(path string, h http.Handler) error {
	if !strings.HasPrefix(path, "/") || path == "/" || h == nil {
		return fmt.Errorf("server: mount %q: want a path below / and a handler", path)
	}
	s.pages = append(s.pages, route{path, h})
	return nil
}

// routeFor returns the handler mounted at the path of a request, or nil. A call of the
// API costs one comparison.
func (s *Server) routeFor(r *http.Request) http.Handler {
	path := r.URL.Path
	if len(path) < 2 {
		return nil
	}
	for i := range s.pages {
		if m := &s.pages[i]; path == m.path || strings.HasSuffix(m.path, "/") && strings.HasPrefix(path, m.path) {
			return m.handler
		}
	}
	return nil
}
