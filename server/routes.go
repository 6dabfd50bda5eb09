package server

import (
	"fmt"
	"net/http"
	"strings"
)

// route is a handler beside the API.
type route struct {
	path    string
	handler http.Handler
}

// Mount has requests to a path answered by a handler of its own, on the same
// listener as the API: a page, or the answers to challenges. A path that ends
// in / stands for all that begins with it. What was mounted first counts first.
// These requests are none of the API: no journal has them, and no limit but
// those of the listener holds. Mount everything before the first request.
//
// The error says that the path is the API's own or does not begin with /, or
// that there is no handler.
func (s *Server) Mount(path string, h http.Handler) error {
	if !strings.HasPrefix(path, "/") || path == "/" || h == nil {
		return fmt.Errorf("server: mount %q: wanted are a path below / and a handler", path)
	}
	s.pages = append(s.pages, route{path, h})
	return nil
}

// routeFor finds what was mounted at the path of a request; nil for nothing. Calls
// of the API cost it one comparison.
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
