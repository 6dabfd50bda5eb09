package conformance

import "context"

// Tester is the part of a *testing.T that the suite uses. T is the type itself,
// so that what begins as a *testing.T has a *testing.T for each case.
type Tester[T any] interface {
	Helper()
	Context() context.Context
	Run(name string, f func(T)) bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}
