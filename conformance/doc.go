// Package conformance runs the conformance suite of the operations of the contract in
// a Go test, against any server or client.
//
// A server is an http.Handler or a URL:
//
//	func TestConformance(t *testing.T) {
//		conformance.Server(t, newHandler(), conformance.WithTargetsFile("testdata/targets.yaml"))
//	}
//
// A client is a func that makes one call:
//
//	func TestConformance(t *testing.T) {
//		conformance.Client(t, func(ctx context.Context, request adapters.Request) adapters.Result {
//			…
//		})
//	}
//
// Every case is a subtest named by its ID, so that go test -run selects among
// them:
//
//	go test -run 'TestConformance/errors/SiteNotFound'
//
// A failure reports the check, what it wants, what it got, and the exchange as it
// was on the wire, without secrets. The command esaconform runs the same cases
// against servers and clients in any language, and writes reports.
package conformance
