//go:build !unix

package files

import "io/fs"

// CheckPrivate always succeeds: the system has no mode bits.
func CheckPrivate(string, fs.FileInfo) error { return nil }

// syncDir does nothing: the system cannot sync a directory.
func syncDir(string) error { return nil }
