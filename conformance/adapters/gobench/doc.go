// Command gobench compares what a signed call costs through our SDK and through
// the vendor's Go core (darabonba-openapi/v2, with the versions of its own
// go.mod), in one process and one run: CPU time (user and system, by getrusage),
// allocations, and time per call. Two measures:
//
//   - stub: the HTTP transport of both is replaced by one that answers at once
//     and at the least cost, so that only the clients are measured;
//   - loopback: both call the daemon, which runs in a process of its own, so
//     that its cost is not in the figures, but the kernel's and net/http's is,
//     which is the same for both. A bare request shows how much that is.
//
// Each call is accepted, with two domain names. The clients take turns, and of
// the ratios of all rounds the median counts.
//
//	go -C conformance/adapters/gobench run . [-rounds 7] [-calls 1500] [-check]
//
// It exits with 1 when it could not measure, and, with -check, when a ratio is
// not reached on the stub.
package main
