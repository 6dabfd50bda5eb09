// Package pebbletest runs Pebble, the test authority of Let's Encrypt, inside a
// test: its ACME server over TLS, with request counts and fault injection, and
// the DNS resolver for its validations.
//
//	names := pebbletest.StartResolver(t, pebbletest.Delegated("acme.test", "127.0.0.1:5300"))
//	pebble := pebbletest.Start(t, pebbletest.Options{Resolver: names.Addr, HTTPPort: 5002})
//	ca, err := acme.New(acme.Options{DirectoryURL: pebble.DirectoryURL, Roots: pebble.Roots, …})
//
// Pebble reads some settings from the environment of the process when it is
// created. TestMain sets them once for all tests:
//
//	func TestMain(m *testing.M) {
//		pebbletest.Environment()
//		os.Exit(m.Run())
//	}
//
// A proxy in front of Pebble injects the other faults, so that tests with
// different faults run in one process, and the faults are reproducible.
package pebbletest

import "os"

// Environment sets the variables that Pebble reads: no delay before validation, no
// rejected nonces (see Options.BadNonces), no reuse of authorizations.
func Environment() {
	for name, value := range map[string]string{
		"PEBBLE_VA_NOSLEEP":      "1",
		"PEBBLE_WFE_NONCEREJECT": "0",
		"PEBBLE_AUTHZREUSE":      "0",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err) // impossible: the names are valid
		}
	}
}
