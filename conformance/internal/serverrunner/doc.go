// Package serverrunner runs the server cases of the conformance suite against an
// endpoint or an http.Handler.
//
//	run, err := serverrunner.Run(ctx, serverrunner.Target{
//		Name: "my server", URL: "http://127.0.0.1:8080", Targets: targets,
//	}, cases, serverrunner.Options{AllowWrites: true})
//
// # Requests
//
// The package writes requests itself, because cases differ in bytes that HTTP
// clients do not let a caller choose: a space encoded as + or %20, a repeated
// header, the chunks of a body, a signature over one string in a request with
// another. build.go builds a request from a case, sign.go signs it as a correct
// client does, and tamper.go then changes what the case says. Each request has
// its own connection. The report shows the bytes that were written and read,
// with secrets redacted.
//
// # Responses
//
// judge.go compares the response with each alternative that the case allows. The
// first that fits wins; if none fits, the report is about the one with the fewest
// failed checks. Every response is also checked against the OpenAPI document, and
// must have a new request ID that is the same in header and body.
//
// # Verdicts
//
// A case is suite.NotRun, with the reason, if it needs what the targets do not
// have, or if it writes and writes are not allowed. If the server hangs or closes
// the connection without a response, the case is suite.Errored and the next case
// runs. If the endpoint is unreachable, Run returns an *UnreachableError before
// the first case.
package serverrunner
