package conformance

import "context"

// Tester is the part of *testing.T that the suite uses. T is the implementing type,
// so that the subtests of a *testing.T also get a *testing.T.
type Tester[T any] interface {
	Helper()
	Context() context.Context
	Run(name string, f func(T)) bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}
