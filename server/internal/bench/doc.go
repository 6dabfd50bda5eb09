// Package bench measures the running server: benchmarks that start listeners,
// processes and issuing loops, and compare two sides in turn within one run.
//
//	go test -run '^$' -bench . -benchtime 7x ./server/internal/bench
//
// An iteration is one round: each side runs for about a second. Absolute figures
// depend on the machine and its load, so each benchmark reports the median of
// the ratios of its rounds, and the ratio to reach as the metric "target".
// Benchmarks of single packages are in those packages.
package bench
