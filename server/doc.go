// Package server is ApplyCertificate as a service: it stands in for the
// vendor's, or in front of one's own certificate authority.
//
// A request passes these stations; the first that objects answers it:
//
//	connection   caps on their number and on header fields, time-outs (serve.go, wireerrors.go)
//	edge         caps on URL, header and body (edge.go)
//	auth         key, token, clock window, signature, nonce (package auth)
//	parameters   query, form and JSON body together, action, version (parameters.go, jsonparameters.go)
//	scenario     an answer that somebody ordered (package scenario)
//	ram          may the caller do this to the site (permission.go, package ram)
//	stub         binds SiteId, Domains, Type (package gen/esaserver)
//	rules        what the operation demands (package certificate)
//	store        one durable transaction (package store)
//
// What was accepted is carried out beside this way (package issuing): the loop
// (issuer) takes the applications from the store, has an authority issue
// (issuer/localca, issuer/acme), and puts chain and sealed key back. Pages on
// the same listener, such as the one to try the API (package explorer), are
// mounted beside it (mount.go).
//
// At most limits.connections connections are open. If a caller needs a place and
// all are taken, the connection that has kept the server waiting longest is
// closed. By default there are as many as the process's limit of open files
// allows, up to 1,000; the admin listener and challenges have their own share, and
// a quarter of the descriptors is kept for the store, the log and outgoing
// connections. A request without a key costs at most about 0.3 MB, and its body.
//
// Every refusal is an error that goes back up to one place, fault.go, which
// alone knows how errors look on the wire.
//
//	cfg, err := config.Parse(config.Example(), "example")
//	store, err := sqlite.Open(ctx, sqlite.Config{Path: ":memory:"})
//	srv, err := server.New(ctx, server.Options{Config: cfg, Store: store})
//	http.Handle("/", srv)
//
// In tests, package servertest does this in one line.
package server
