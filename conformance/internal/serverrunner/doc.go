// Package serverrunner runs the server cases of the conformance suite against
// anything that speaks the API: an endpoint, or an http.Handler.
//
//	run, err := serverrunner.Run(ctx, serverrunner.Target{
//		Name: "my server", URL: "http://127.0.0.1:8080", Targets: targets,
//	}, cases, serverrunner.Options{AllowWrites: true})
//
// # The idea
//
// A conformance case is about bytes: a blank written as + or as %20, a header
// sent twice, a body in chunks, a signature over one text and a request with
// another. No HTTP client lets all of that through, so the package writes
// requests itself. A case becomes a wire request (build.go), is signed like a
// well-behaved client would sign it (sign.go), is then tampered with where the case
// says so (tamper.go), and goes over a connection of its own. What the report
// shows is what was written and read there, with the secrets cut out.
//
// The answer is held against every alternative that the case allows (judge.go).
// The first that fits wins; if none does, the report is about the nearest. What
// the contract says is checked on every exchange besides: the shape of the
// answer by the OpenAPI document, and a request id that is fresh and the same in
// header and body.
//
// # What is a verdict and what is not
//
// A case that needs what the targets do not have, or that would write where
// writing was not allowed, is suite.NotRun with the reason. A server that hangs,
// or cuts the connection before any answer, leaves nothing to judge: that is
// suite.Errored, and the next case runs. An endpoint that cannot be reached at all is
// one *UnreachableError before the first case.
package serverrunner
