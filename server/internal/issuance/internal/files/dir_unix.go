//go:build unix

package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// CheckPrivate returns an error if users other than the owner have access to a
// file.
func CheckPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return fmt.Errorf("insecure mode %04o, want 0600; run chmod 600 %s", info.Mode().Perm(), path)
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
