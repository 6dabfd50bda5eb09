//go:build !windows

package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock without waiting. flock belongs to the open file and
// not to the process, so it also keeps two stores of one process apart; the
// kernel drops it with the last descriptor, kill -9 included.
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

// unlock gives the lock up for every copy of the descriptor. To close the file
// is not enough: a process that was forked a moment ago has a copy until it
// begins its program.
func unlock(f *os.File) error {
	return os.NewSyscallError("flock", syscall.Flock(int(f.Fd()), syscall.LOCK_UN))
}
