package delivery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/files"
)

// Files in the folder of a domain name.
const (
	ChainFile    = "fullchain.pem" // leaf first
	KeyFile      = "privkey.pem"
	CombinedFile = "combined.pem" // key and chain in one, replaced in one step
)

// wildcard replaces "*" in the name of a folder. Domain names have no
// underscores, so it cannot collide.
const wildcard = "_wildcard"

// Dir is a folder with a sub-folder for each domain name:
//
//	www.example.com/fullchain.pem        chain, leaf first
//	www.example.com/privkey.pem          private key, PKCS #8
//	www.example.com/combined.pem         both
//	_wildcard.example.com/fullchain.pem  that of *.example.com
//
// Sub-folders (0700) and files (0600) are readable by this user only. Each file
// is replaced atomically. A reader of key and chain as two files may briefly
// see a new and an old one; combined.pem avoids that.
type Dir struct{ path string }

// CheckDir returns the error that NewDir would return, as far as it is
// detectable without writing.
func CheckDir(path string) error {
	if path == "" {
		return errors.New("deliver: directory is empty")
	}
	if err := files.CheckDir(path); err != nil {
		return fmt.Errorf("deliver: create folder: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil //nolint:nilerr // it is created later
	}
	if err := files.CheckWritable(path); err != nil {
		return fmt.Errorf("deliver: folder is not writable: %w", err)
	}
	return nil
}

// NewDir creates the directory if necessary, and checks that it is writable.
func NewDir(path string) (*Dir, error) {
	if err := CheckDir(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("deliver: create folder: %w", err)
	}
	probe, err := os.CreateTemp(path, ".probe-*")
	if err != nil {
		return nil, fmt.Errorf("deliver: folder is not writable: %w", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("deliver: folder is not writable: %w", err)
	}
	return &Dir{path: path}, nil
}

// Deliver writes the files of a domain name.
func (f *Dir) Deliver(ctx context.Context, d issuance.Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := DirName(d.Application.Domain)
	if err != nil {
		return err
	}
	folder := filepath.Join(f.path, name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("deliver: create folder of %s: %w", d.Application.Domain, err)
	}
	combined := append(append([]byte{}, d.Key...), d.Certificate.Chain...)
	defer clear(combined)
	for _, file := range []struct {
		name    string
		content []byte
	}{{CombinedFile, combined}, {KeyFile, d.Key}, {ChainFile, d.Certificate.Chain}} {
		if err := files.Replace(filepath.Join(folder, file.name), file.content); err != nil {
			return fmt.Errorf("deliver: write %s of %s: %w", file.name, d.Application.Domain, err)
		}
	}
	return nil
}

// DirName returns the sub-folder of a domain name. It returns an error for
// invalid names, which could escape the folder.
func DirName(domain string) (string, error) {
	base, isWildcard := strings.CutPrefix(domain, "*.")
	for _, c := range base {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return "", fmt.Errorf("deliver: %q is not a domain name in normal form: it has the character %q", domain, c)
		}
	}
	if base == "" || strings.HasPrefix(base, ".") || strings.Contains(base, "..") {
		return "", fmt.Errorf("deliver: %q is not a domain name: it has an empty label", domain)
	}
	if isWildcard {
		return wildcard + "." + base, nil
	}
	return base, nil
}
