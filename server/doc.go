// Package server serves ApplyCertificate, either instead of the vendor's service or
// in front of a certificate authority.
//
//	cfg, err := config.Parse(config.Example(), "example")
//	store, err := sqlite.Open(ctx, sqlite.Config{Path: ":memory:"})
//	srv, err := server.New(ctx, server.Options{Config: cfg, Store: store})
//	http.Handle("/", srv)
//
// In tests, package servertest does this in one line.
//
// Requests are processed by package gateway, and the rules of the operation are in
// package operations. Other handlers on the same listener, for example a page, are
// mounted with Mount. The server stores accepted applications; esacertd and
// servertest also fulfill them (package issuance).
//
// At most limits.connections connections are open. If all are in use and a caller
// connects, the connection on which the server has waited longest is closed. The
// default is the process's limit of open files, up to 1,000. The admin listener and
// challenges have separate shares, and a quarter of the descriptors is reserved for
// the store, the log and outgoing connections. A request without a key needs at most
// about 0.3 MB, and its body.
package server
