//go:build !linux && !darwin && !windows

package sqlite

import "os"

// tryLockDatabase does nothing: these systems have no lock that leaves SQLite's
// alone. The lock on the file next to the database keeps others away, by the same
// name only.
func tryLockDatabase(*os.File) (taken bool, err error) { return true, nil }

func unlockDatabase(*os.File) error { return nil }
