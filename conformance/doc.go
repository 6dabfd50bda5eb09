// Package conformance puts the conformance suite into a person's own go test:
// the same cases, whoever wrote the server or the client.
//
// A server, as a handler or by its URL:
//
//	func TestConformance(t *testing.T) {
//		conformance.Server(t, newHandler(), conformance.WithTargetsFile("testdata/targets.yaml"))
//	}
//
// A client, as a func that makes one call:
//
//	func TestConformance(t *testing.T) {
//		conformance.Client(t, func(ctx context.Context, request adapters.Request) adapters.Result {
//			…
//		})
//	}
//
// Every case is a subtest by its id, so go test's own -run selects among them:
//
//	go test -run 'TestConformance/errors/SiteNotFound'
//
// What fails is told with the check, what it wants and what it got, and the
// exchange as it was on the wire, without secrets. The command esaconform does
// the same from outside, for servers and clients in any language, and writes
// reports.
package conformance
