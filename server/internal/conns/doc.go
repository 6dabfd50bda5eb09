// Package conns bounds the connections of an [http.Server]: how many there are,
// and what one may cost before a request has arrived.
//
//	l := conns.New(inner, conns.Options{Name: "api", Limit: 500, Fields: 200})
//	l.Attach(httpServer)
//	err := httpServer.Serve(l)
//
// # Number of connections
//
// If the limit is reached, the next connection still gets a place: the listener
// closes the connection that has kept it waiting longest. It prefers idle
// connections, then those whose header is incomplete, then those whose body is
// incomplete, then those that do not read their response. A connection is never
// closed while its handler works and does not wait for the body; if there is no
// other, the new connection waits. Running out of file descriptors is handled
// the same way and does not end Accept.
//
// # Size of a header
//
// [http.Server.MaxHeaderBytes] bounds the octets of a header, but a small field
// costs net/http far more memory than it has octets. The listener therefore
// counts the lines of a header as they are read, and stops reading at the limit.
//
// # Responses of net/http itself
//
// net/http responds to a request that it cannot read before any handler is
// called, with a plain-text line. Options.Reject replaces that response. What is
// replaced depends on whether a handler was called for the request, and never on
// the octets of the response.
package conns
