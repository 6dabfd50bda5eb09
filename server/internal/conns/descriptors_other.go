//go:build !unix

package conns

// Descriptors returns the number of file descriptors that the process may have;
// 0 if it is unknown. Windows has no limit.
func Descriptors() uint64 { return 0 }
