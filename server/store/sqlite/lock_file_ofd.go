//go:build linux || darwin

package sqlite

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// lockedByte is what is locked of a database: one byte far beyond what SQLite
// locks (the 512 bytes from 1 GiB on) and beyond the largest database.
const lockedByte = 1 << 62

// tryLockDatabase locks a byte of the file without waiting. It is a lock of the
// open file description: it keeps two stores of one process apart, it goes with
// the process, and it has nothing to do with SQLite's POSIX locks on other
// bytes. flock(2) would lock the whole file, and on NFS and on macOS that keeps
// SQLite itself away.
func tryLockDatabase(f *os.File) (taken bool, err error) {
	switch err := setLock(f, unix.F_WRLCK); {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
		return false, nil
	case errors.Is(err, unix.EINVAL):
		return lockWithoutRanges(f)
	default:
		return false, os.NewSyscallError("fcntl", err)
	}
}

// unlockDatabase unlocks it for every copy of the descriptor: a process that was
// forked a moment ago has one until it begins its program.
func unlockDatabase(f *os.File) error {
	err := setLock(f, unix.F_UNLCK)
	if errors.Is(err, unix.EINVAL) {
		return unlockWithoutRanges(f)
	}
	return os.NewSyscallError("fcntl", err)
}

func setLock(f *os.File, typ int16) error {
	for {
		lock := unix.Flock_t{Type: typ, Whence: io.SeekStart, Start: lockedByte, Len: 1}
		err := unix.FcntlFlock(f.Fd(), setDescriptionLock, &lock)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
