package selftls

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/internal/issuance/internal/files"
	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
)

// Names of the files in the folder.
const (
	rootKeyFile = "root-key.pem"
	rootFile    = "root.pem"
	serverFile  = "server.pem"

	maxFile = 64 << 10
)

// FileError reports what is wrong with a file of the folder, and the remedy.
type FileError struct {
	File   string
	Reason string
}

func (e *FileError) Error() string { return fmt.Sprintf("selftls: %s: %s", e.File, e.Reason) }

// makeDir creates the folder. All users can read the root in it if they can
// access the folder.
func makeDir(folder string) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return fmt.Errorf("selftls: create folder: %w", err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // clients read the root; key files have stricter modes
		return fmt.Errorf("selftls: create folder: %w", err)
	}
	return nil
}

// read reads the file of a pair, which only its owner may be able to read, and
// checks the pair.
//
// Errors: fs.ErrNotExist; *FileError, with the remedy.
func read(path, name string, check func(keypem.Pair) error, remedy string) (keypem.Pair, error) {
	content, info, err := files.Read(path, maxFile)
	if err != nil {
		return keypem.Pair{}, fmt.Errorf("selftls: reading the %s: %w", name, err)
	}
	if err := files.CheckPrivate(path, info); err != nil {
		return keypem.Pair{}, &FileError{File: path, Reason: err.Error()}
	}
	pairs, err := keypem.Parse(content, name)
	if err == nil {
		err = check(pairs[0])
	}
	if err != nil {
		return keypem.Pair{}, &FileError{File: path, Reason: err.Error() + ": " + remedy}
	}
	return pairs[0], nil
}
