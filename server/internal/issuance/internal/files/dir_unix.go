//go:build unix

package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// CheckPrivate refuses a file that is accessible to users other than its owner.
func CheckPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return fmt.Errorf("insecure mode %04o, want 0600; run chmod 600 %s", info.Mode().Perm(), path)
}

// syncFolder makes the names in a folder durable.
func syncDir(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
