//go:build !linux && !darwin && !windows

package sqlite

import "os"

// tryLockDatabase does nothing: these systems have no lock that does not
// interfere with those of SQLite. The lock on the file next to the database
// excludes other servers, by the same name only.
func tryLockDatabase(*os.File) (taken bool, err error) { return true, nil }

func unlockDatabase(*os.File) error { return nil }
