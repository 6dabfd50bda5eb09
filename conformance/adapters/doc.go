// Package adapters runs clients of ApplyCertificate, written in any language,
// through small programs that all speak one protocol.
//
// An adapter reads one request a line on standard input, makes the call with
// the client under test, and writes one result a line on standard output. The
// protocol stands in protocol.schema.json; README.md tells it in half a page.
//
// One side of it is for who tests a client:
//
//	program, err := adapters.Start(ctx, adapters.Command{Path: "node", Args: []string{"adapter.mjs"}})
//	result, err := program.Call(ctx, adapters.Request{
//		ID:              "documented example",
//		Endpoint:        "http://127.0.0.1:8080",
//		AccessKeyID:     "testid",
//		AccessKeySecret: "testsecret",
//		Parameters:      map[string]string{"SiteId": "1234567890123", "Domains": "example.com"},
//	})
//
// and the other, Serve, for adapters that are written in Go. A client that
// fails gives a Result with an Error; an adapter that misbehaves gives a Go
// error: it died, it stays silent, or it prints what is no result.
package adapters
