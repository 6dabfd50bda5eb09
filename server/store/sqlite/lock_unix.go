//go:build !windows

package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// tryLock acquires the lock without waiting. flock belongs to the open file and
// not to the process, so it also excludes other stores of the same process; the
// kernel releases it with the last descriptor, even after kill -9.
func tryLock(f *os.File) (taken bool, err error) {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return false, os.NewSyscallError("flock", err)
		}
	}
}

// unlock releases the lock of every copy of the descriptor. Closing the file is
// not enough: a process forked a moment ago has a copy until it starts its
// program.
func unlock(f *os.File) error {
	return os.NewSyscallError("flock", syscall.Flock(int(f.Fd()), syscall.LOCK_UN))
}
