package localca

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/internal/issuance/internal/files"
	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
)

const (
	// pairFile contains four PEM blocks, each certificate before its key: root,
	// intermediate.
	pairFile = "localca.pem"
	// rootFile contains the root certificate alone, for clients to trust.
	rootFile = "root.pem"

	maxFile = 64 << 10
)

// FileError reports an invalid file of an authority.
type FileError struct {
	File   string
	Reason string
}

func (e *FileError) Error() string { return fmt.Sprintf("localca: %s: %s", e.File, e.Reason) }

// openPair reads root and intermediate, or creates them.
func openPair(o Options) (hierarchy, error) {
	if o.Dir == "" {
		return newPair(o.Random, o.Now())
	}
	makeFolder := func() error { return os.MkdirAll(o.Dir, 0o700) }
	if o.Check {
		makeFolder = func() error { return files.CheckDir(o.Dir) }
	}
	if err := makeFolder(); err != nil {
		return hierarchy{}, fmt.Errorf("localca: create folder: %w", err)
	}
	path := filepath.Join(o.Dir, pairFile)
	// The pair is written first, so a root without it has lost its key.
	_, published := os.Stat(filepath.Join(o.Dir, rootFile))
	p, err := readPair(path, o)
	absent := errors.Is(err, fs.ErrNotExist)
	if absent && published == nil {
		return hierarchy{}, &FileError{File: path, Reason: "missing, but clients may trust the root in " + rootFile +
			" next to it: put it back; or remove the folder, so that the next start makes a new root, which clients then have to trust"}
	}
	if absent && o.Check {
		if err := files.CheckCreate(path); err != nil {
			return hierarchy{}, saveError(err)
		}
		return newPair(o.Random, o.Now())
	} else if absent {
		p, err = createPair(path, o)
	}
	if err != nil || o.Check {
		return p, err
	}
	return p, exportRoot(filepath.Join(o.Dir, rootFile), p.root.Certificate)
}

// createPair creates root and intermediate. If another process was faster, its
// files are used.
func createPair(path string, o Options) (hierarchy, error) {
	p, err := newPair(o.Random, o.Now())
	if err != nil {
		return hierarchy{}, err
	}
	content, err := keypem.Encode(p.root, p.intermediate)
	if err != nil {
		return hierarchy{}, fmt.Errorf("localca: %w", err)
	}
	if err := files.Create(path, content); err != nil && !errors.Is(err, fs.ErrExist) {
		return hierarchy{}, saveError(err)
	}
	return readPair(path, o)
}

func saveError(err error) error { return fmt.Errorf("localca: save root and intermediate: %w", err) }

func readPair(path string, o Options) (hierarchy, error) {
	content, info, err := files.Read(path, maxFile)
	if err != nil {
		return hierarchy{}, fmt.Errorf("localca: read root and intermediate: %w", err)
	}
	if err := files.CheckPrivate(path, info); err != nil {
		return hierarchy{}, &FileError{File: path, Reason: err.Error()}
	}
	p, err := parsePair(content)
	if err == nil {
		err = p.check(o.Now())
	}
	if err != nil {
		return hierarchy{}, &FileError{File: path, Reason: err.Error()}
	}
	return p, nil
}

// exportRoot writes the root certificate, readable for all users.
func exportRoot(path string, root *x509.Certificate) error {
	if err := files.Publish(path, keypem.EncodeCertificate(root)); err != nil {
		return fmt.Errorf("localca: write root certificate: %w", err)
	}
	return nil
}

// parsePair parses the output of encode.
func parsePair(content []byte) (hierarchy, error) {
	pairs, err := keypem.Parse(content, "root", "intermediate")
	if err != nil {
		return hierarchy{}, err
	}
	return hierarchy{root: pairs[0], intermediate: pairs[1]}, nil
}
