//go:build e2e

// Package samplestest runs the code samples of the explorer as the page prints
// them, against a running esacertd. It requires what `make adapters` installs:
// the vendor's clients for Node and Python.
package samplestest
