// Package conns bounds the connections of an [http.Server]: their number, and the
// memory that each may use before a request has arrived.
//
//	l := conns.New(inner, conns.Options{Name: "api", Limit: 500, Fields: 200})
//	l.Attach(httpServer)
//	err := httpServer.Serve(l)
//
// # Number of connections
//
// If the limit is reached, the next connection is still accepted: the listener
// closes the connection on which it has waited longest. It prefers idle
// connections, then those whose header is incomplete, then those whose body is
// incomplete, then those that do not read their response. A connection is never
// closed while its handler works and does not wait for the body; if no other
// exists, the new connection waits. Running out of file descriptors is handled
// likewise and does not end Accept.
//
// # Size of a header
//
// [http.Server.MaxHeaderBytes] bounds the octets of a header, but a small field
// costs net/http far more memory than it has octets. The listener therefore
// counts the lines of a header while reading, and stops at the limit.
//
// # Responses of net/http itself
//
// net/http responds to a request that it cannot parse with a line of plain text,
// before any handler is called. Options.Reject replaces that response. A response
// is replaced only if no handler was called for the request; its octets do not
// matter.
package conns
