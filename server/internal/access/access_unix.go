//go:build unix

package access

import "golang.org/x/sys/unix"

func mayChange(path string) error { return allows(path, unix.R_OK|unix.W_OK) }

func mayCreate(folder string) error {
	if err := takesFiles(folder); err != nil {
		return err
	}
	return allows(folder, unix.W_OK|unix.X_OK)
}

// allows checks the effective user, as opening a file does.
func allows(path string, mode uint32) error {
	return unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS)
}
