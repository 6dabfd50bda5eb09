// Package flows tests the server with the flows of programs that exist: each test
// makes the calls of one program, in its order, with the client library that it
// uses, and reads the responses as it does. The server is esacertd, built from this
// checkout and started as a process.
//
// The package is a module of its own, so that importers of the SDK do not depend on
// the vendor's libraries. `make flows` installs what the flows in Node and Python
// need, and runs all tests.
package flows
