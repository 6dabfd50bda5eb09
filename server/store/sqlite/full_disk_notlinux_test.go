//go:build !linux

package sqlite_test

import "errors"

// fillFileSystem needs a separate file system, which only Linux lets any user
// mount.
func fillFileSystem(string, string) error { return errors.New("no mount") }

func openFull(string, string) error { return errors.New("no mount") }
