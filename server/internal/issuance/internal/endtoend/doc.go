// Package endtoend holds tests of the whole way from an accepted application to
// a certificate: the store, the loop, an ACME authority (Pebble), and our own
// answers to its challenges. They log how long a certificate takes.
package endtoend
