// Package interop holds other people's clients of ApplyCertificate against this
// project's server: the vendor's own, unchanged, beside our SDK.
//
// A Client is an adapter (see package adapters) with a name. It is put in every
// Situation, by every Way of calling that the situation asks for, against a
// Target, which is a running server. What comes back is judged twice: by what
// the client told its caller, and by what the server's journal says of the same
// request (which rule fired, and that the request was made in the way it should
// be). Verdicts go into a Matrix of situations and clients. What a client has no
// way to do is said beforehand (Client.Lacks) and counted; what it is known to do
// wrong (Client.Known) must go wrong.
//
//	matrix := live.NewMatrix("gocore", "node")
//	live.Run(ctx, client, target, live.Situations(), matrix)
//	fmt.Print(matrix)
//
// The tests that start real servers and clients need Node.js, Python and the
// vendor's SDKs for them, and so stand behind the build tag interop:
//
//	go test -tags interop ./conformance/internal/interop
package live
