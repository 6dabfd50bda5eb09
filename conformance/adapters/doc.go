// Package adapters defines the protocol between the conformance suite and
// programs that call a client of the API, in any language.
//
// An adapter reads one request per line on standard input, makes the call with
// the client under test, and writes one result per line on standard output. In
// Go, Serve implements this:
//
//	func main() {
//		if err := adapters.Serve(context.Background(), os.Stdin, os.Stdout, call); err != nil {
//			log.Fatal(err)
//		}
//	}
//
//	func call(ctx context.Context, request adapters.Request) adapters.Result {
//		…make the call that the request describes, and return its result…
//	}
//
// protocol.schema.json defines both kinds of lines; README.md describes the
// protocol.
package adapters
