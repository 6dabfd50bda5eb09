// Package server is ApplyCertificate as a service: it stands in for the
// vendor's, or in front of one's own certificate authority.
//
// A request passes these stations; the first that objects answers it:
//
//	edge         caps on URL, header and body, time-outs (edge.go, wireerrors.go)
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
