//go:build unix

package conns

import "syscall"

// Descriptors returns the number of file descriptors that the process may have;
// 0 if it is unknown.
func Descriptors() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur) //nolint:unconvert // it is signed on some systems
}
