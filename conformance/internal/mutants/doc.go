// Package mutants tests the conformance suite: it breaks this project's own
// server and SDK on purpose, one small thing at a time, and the suite must
// notice. A case that nobody can fail is no case.
//
// mutants.yaml lists what is broken, where, and which case must notice. The
// programs are built with the broken file laid over the true one (go build
// -overlay), so the work tree is never touched. Because that takes a while, it
// stands behind the build tag mutants:
//
//	go test -tags mutants -v ./conformance/internal/mutants
//
// The tests without the tag hold the list against the sources, so that it
// cannot grow stale in silence.
package mutants
