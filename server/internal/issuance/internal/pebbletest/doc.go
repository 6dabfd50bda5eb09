// Package pebbletest runs Pebble, the test authority of Let's Encrypt, inside a
// test: its ACME service over TLS, counted, with faults on demand, and the
// resolver that it validates names by.
//
//	names := pebbletest.StartResolver(t, pebbletest.Delegated("acme.test", "127.0.0.1:5300"))
//	pebble := pebbletest.Start(t, pebbletest.Options{Resolver: names.Addr, HTTPPort: 5002})
//	ca, err := acme.New(acme.Options{DirectoryURL: pebble.DirectoryURL, Roots: pebble.Roots, …})
//
// Pebble reads some settings from the environment of the process when it is
// made. TestMain sets them, once for all tests:
//
//	func TestMain(m *testing.M) {
//		pebbletest.Environment()
//		os.Exit(m.Run())
//	}
//
// What else goes wrong is put in front of it, so that tests with different
// faults run in one process, and each run meets the same ones.
package pebbletest

import "os"

// Environment sets what Pebble reads: no waiting before a validation, no nonces
// refused (see Options.BadNonces), no authorizations used again, no end of lists.
func Environment() {
	for name, value := range map[string]string{
		"PEBBLE_VA_NOSLEEP":      "1",
		"PEBBLE_WFE_NONCEREJECT": "0",
		"PEBBLE_AUTHZREUSE":      "0",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err) // the names are fixed, and fine
		}
	}
}
