// Package mutants tests the conformance suite: it breaks this project's server and
// client in one place at a time, and the suite must detect each mutant.
//
// mutants.yaml lists the changes and, for each, the case that must fail. The programs are
// built with the changed file in an overlay (go build -overlay), so the work tree does
// not change. This takes a while, so it requires the build tag mutants:
//
//	go test -tags mutants -v ./conformance/internal/mutants
//
// The tests without the tag check that the list matches the sources.
package mutants
