// Package endtoend tests issuance from an accepted application to a certificate:
// the store, the loop, an ACME authority (Pebble), and the solvers of its
// challenges. The tests log the time per certificate.
package endtoend
