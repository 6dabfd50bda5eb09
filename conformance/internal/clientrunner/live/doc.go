// Package live runs clients against a running server of this project.
//
// Package clientrunner tests a client with a scripted server. A Case of this package
// instead calls a Target, in each Variant of the case: signature scheme, method,
// placement of the parameters, credentials. It compares both what the client
// returned to its caller and the journal entry of the server, so a client that sends
// another variant than requested fails. The verdicts are results of package suite,
// with a check for each variant:
//
//	session, err := clientrunner.Open(ctx, subject, clientrunner.Options{})
//	…
//	results := live.Run(ctx, live.Client{Session: session}, target, live.Cases())
//
// The tests that start a server and the vendor's clients have the build tag interop,
// since they need Node.js, Python and the vendor's SDKs; see 'make interop'.
package live
