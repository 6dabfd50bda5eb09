package sqlite

import (
	"os"

	"golang.org/x/sys/unix"
)

const setDescriptionLock = unix.F_OFD_SETLK

// lockWithoutRanges is for a kernel without locks of open file descriptions.
func lockWithoutRanges(f *os.File) (taken bool, err error) { return tryLock(f) }

func unlockWithoutRanges(f *os.File) error { return unlock(f) }
