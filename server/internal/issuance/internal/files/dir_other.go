//go:build !unix

package files

import "io/fs"

// CheckPrivate has nothing to look at: there are no mode bits.
func CheckPrivate(string, fs.FileInfo) error { return nil }

// syncFolder does nothing: a folder cannot be synced.
func syncFolder(string) error { return nil }
