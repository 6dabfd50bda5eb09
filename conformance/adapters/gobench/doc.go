// Command gobench compares the cost of a signed call with our SDK and with the vendor's
// Go core (darabonba-openapi/v2, at the versions in go.mod). In one process and one run,
// it measures CPU time (user and system, from getrusage), allocations, and time per call,
// in two settings:
//
//   - stub: both clients use an HTTP transport that responds immediately, so that only
//     the clients are measured.
//   - loopback: both clients call esacertd, which runs in a separate process and is not
//     measured. The cost of the kernel and of net/http is included and is the same for
//     both; a bare request shows how much it is.
//
// Each call is accepted, with two domain names. The clients alternate, and the result is
// the median of the ratios of all rounds.
//
//	go -C conformance/adapters/gobench run . [-rounds 7] [-calls 1500] [-check]
//
// The exit code is 1 if a measurement failed, and, with -check, if a ratio with the stub
// exceeds its target.
package main
