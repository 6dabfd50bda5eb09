//go:build unix

package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// CheckPrivate refuses a file that others than its owner may read or write.
func CheckPrivate(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return fmt.Errorf("its mode is %04o, others may read or write it: it must be 0600 (chmod 600 %s)", info.Mode().Perm(), path)
}

// syncFolder makes the names in a folder durable.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
