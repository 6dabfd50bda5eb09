// Package clientrunner puts clients of ApplyCertificate under test.
//
// # The idea
//
// A client is right if it makes a right request of what its caller wants, and
// tells its caller what the answer says. Both can be seen from outside. For
// each case a scripted server of its own, on a port of its own, plays the
// replies that the case has, and keeps every request byte by byte; the client
// is told where the server is and what to call, and gives a result. Then the
// requests are judged, and so is the result: a client that gets the right
// answer by a wrong request fails.
//
// Of a request it is judged: method, path, the parameters and their place,
// action and version, the signature (computed anew with the secret of the
// case), date, nonce (one for each attempt, never seen before in the run),
// credentials, and that no secret travels.
//
// # Who is under test
//
// A Subject is a program that speaks the protocol of package adapters, or a Go
// func:
//
//	subject := clients.Command("node", process.Command{Path: "node", Args: []string{"adapter.mjs"}})
//	results, err := clients.Run(ctx, subject, cases, clients.Options{})
//
// A program that hangs, dies or prints what is no result breaks the one case
// that it was in; a fresh one takes the next. Where that happens three times in
// a row, the rest is not tried.
package clientrunner
