//go:build linux || darwin

package sqlite

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// lockedByte is the locked byte of a database: far beyond those that SQLite locks
// (the 512 bytes from 1 GiB on) and beyond the largest database.
const lockedByte = 1 << 62

// tryLockDatabase locks a byte of the file without waiting. It is a lock of the
// open file description: it excludes other stores of the same process, it ends
// with the process, and it does not interfere with the POSIX locks of SQLite on
// other bytes. flock(2) would lock the whole file, which on NFS and on macOS
// locks out SQLite itself.
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

// unlockDatabase unlocks every copy of the descriptor: a process forked a moment
// ago has one until it starts its program.
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
