package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock acquires the lock without waiting. The system releases it with the
// handle, however the process exits. The locked byte is far beyond the content of
// the file, because other processes cannot read a locked byte.
func tryLock(f *os.File) (taken bool, err error) {
	return lockByte(f, windows.Overlapped{Offset: 1 << 30})
}

// databaseByte is one byte far beyond what SQLite locks (the 512 bytes from 1
// GiB on) and beyond the largest database.
func databaseByte() windows.Overlapped { return windows.Overlapped{OffsetHigh: 1 << 30} }

// tryLockDatabase locks a byte of the database itself without waiting.
func tryLockDatabase(f *os.File) (taken bool, err error) { return lockByte(f, databaseByte()) }

func unlockDatabase(f *os.File) error {
	at := databaseByte()
	return os.NewSyscallError("UnlockFileEx", windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &at))
}

func lockByte(f *os.File, at windows.Overlapped) (taken bool, err error) {
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION):
		return false, nil
	default:
		return false, os.NewSyscallError("LockFileEx", err)
	}
}

// unlock does nothing: no other process has a copy of the handle.
func unlock(*os.File) error { return nil }
