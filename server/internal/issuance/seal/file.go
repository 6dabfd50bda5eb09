package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/esacert/esacert/server/internal/issuance/internal/files"
)

// fileHeader is the beginning of a new key file.
const fileHeader = `# Sealing keys of esacertd: a number and a key a line, the greatest number seals.
# Without this file no stored private key can be opened. Keep a copy in a safe
# place, apart from the database.
`

// maxFile bounds the file size: it allows a rotation per day for fifty years.
const maxFile = 2 << 20

// Load reads a key file.
//
// Errors: *FileError for an invalid line and for a file that others may read;
// otherwise those of the file system.
func Load(path string) (*Keyring, error) {
	keys, _, err := read(path)
	if err != nil {
		return nil, err
	}
	return newRing(keys, path, rand.Reader)
}

func read(path string) (map[uint32][]byte, []byte, error) {
	content, info, err := files.Read(path, maxFile)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: read key file: %w", err)
	}
	if err := files.CheckPrivate(path, info); err != nil {
		return nil, nil, &FileError{File: path, Reason: err.Error()}
	}
	keys, err := parse(path, content)
	return keys, content, err
}

// Create creates a key file with one new key, number 1, readable by this user
// only. Its folder must exist.
//
// Errors: fs.ErrExist if the file exists; it is unchanged.
func Create(path string) (*Keyring, error) {
	line, err := newLine(1)
	if err != nil {
		return nil, err
	}
	if err := files.Create(path, append([]byte(fileHeader), line...)); err != nil {
		return nil, fmt.Errorf("seal: create key file: %w", err)
	}
	return Load(path)
}

// CheckCreate reports whether Create can create a new key file. It creates
// nothing.
func CheckCreate(path string) error {
	if err := files.CheckCreate(path); err != nil {
		return fmt.Errorf("seal: create key file: %w", err)
	}
	return nil
}

// CheckDir returns the error that os.MkdirAll would return for the folder of a
// key file. It creates nothing.
func CheckDir(folder string) error { return files.CheckDir(folder) }

// Rotate adds a new key with the next number to a key file, and keeps the
// existing lines. The file is replaced atomically. A process that has loaded it
// before continues sealing with its newest key.
//
// Errors: those of Load.
func Rotate(path string) (*Keyring, error) {
	keys, content, err := read(path)
	if err != nil {
		return nil, err
	}
	var newest uint32
	for number := range keys {
		newest = max(newest, number)
	}
	if newest == maxNumber {
		return nil, &FileError{File: path, Reason: fmt.Sprintf("the greatest number is %d and cannot be incremented", newest)}
	}
	line, err := newLine(newest + 1)
	if err != nil {
		return nil, err
	}
	if !bytes.HasSuffix(content, []byte("\n")) {
		content = append(content, '\n')
	}
	if err := files.Replace(path, append(content, line...)); err != nil {
		return nil, fmt.Errorf("seal: rotate key file: %w", err)
	}
	return Load(path)
}

func newLine(number uint32) ([]byte, error) {
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("seal: generate key: %w", err)
	}
	return fmt.Appendf(nil, "%d %s\n", number, base64.StdEncoding.EncodeToString(key)), nil
}
