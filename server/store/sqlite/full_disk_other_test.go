//go:build !unix

package sqlite_test

import "errors"

// fillUp needs a limit on the size of files, which this system does not have.
func fillUp(string, string) error { return errors.New("no limit on the size of files") }
