// Package clientrunner tests clients of the API.
//
//	subject := clientrunner.Command("node", process.Command{Path: "node", Args: []string{"adapter.mjs"}})
//	results, err := clientrunner.Run(ctx, subject, cases, clientrunner.Options{})
//
// Each case has its own scripted server, which sends the replies of the case and records
// the requests byte by byte. The client under test receives the address of the server and
// the call to make, and returns a result. Both are judged: the requests, and the result
// that the client returned for the replies.
//
// The checks of a request are: method, path, parameters and their placement, action,
// version, signature, date, credentials, a nonce that no other request of the session had,
// and that the access key secret is not sent.
//
// A Subject is an adapter program, which speaks the protocol of package adapters, or a Go
// func. If a program hangs, exits or breaks the protocol, the verdict of the case is
// suite.Errored, and the next case uses a new process. After three such cases in a row, the
// others are not run.
package clientrunner
