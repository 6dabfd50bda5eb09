//go:build !linux

package sqlite_test

import "errors"

// fillFileSystem needs a file system of its own, which only Linux lets any user
// mount.
func fillFileSystem(string, string) error { return errors.New("no mount") }

func openFull(string, string) error { return errors.New("no mount") }
