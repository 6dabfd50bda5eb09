package localca

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/issuer/internal/files"
)

const (
	// pairFile holds four blocks of PEM, each certificate before its key: root,
	// intermediate.
	pairFile = "localca.pem"
	// rootFile holds the root certificate alone, for those who want to trust it.
	rootFile = "root.pem"

	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
	maxFile          = 64 << 10
)

// FileError says what is wrong with the file of an authority.
type FileError struct {
	File   string
	Reason string
}

func (e *FileError) Error() string { return fmt.Sprintf("localca: %s: %s", e.File, e.Reason) }

// openPair reads root and intermediate, or makes them.
func openPair(o Options) (pair, error) {
	if o.Folder == "" {
		return newPair(o.Random, o.Now())
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return pair{}, fmt.Errorf("localca: making the folder: %w", err)
	}
	path := filepath.Join(o.Folder, pairFile)
	p, err := readPair(path, o)
	if errors.Is(err, fs.ErrNotExist) {
		p, err = createPair(path, o)
	}
	if err != nil {
		return pair{}, err
	}
	return p, exportRoot(filepath.Join(o.Folder, rootFile), p.root.certificate)
}

// createPair makes root and intermediate. If another process was quicker, its
// are taken.
func createPair(path string, o Options) (pair, error) {
	p, err := newPair(o.Random, o.Now())
	if err != nil {
		return pair{}, err
	}
	text, err := p.encode()
	if err != nil {
		return pair{}, err
	}
	if err := files.Create(path, text); err != nil && !errors.Is(err, fs.ErrExist) {
		return pair{}, fmt.Errorf("localca: keeping root and intermediate: %w", err)
	}
	return readPair(path, o)
}

func readPair(path string, o Options) (pair, error) {
	text, info, err := files.Read(path, maxFile)
	if err != nil {
		return pair{}, fmt.Errorf("localca: reading root and intermediate: %w", err)
	}
	if err := files.CheckPrivate(path, info); err != nil {
		return pair{}, &FileError{File: path, Reason: err.Error()}
	}
	p, err := parsePair(text)
	if err == nil {
		err = p.check(o.Now())
	}
	if err != nil {
		return pair{}, &FileError{File: path, Reason: err.Error()}
	}
	return p, nil
}

// exportRoot puts the root where people find it, readable for all.
func exportRoot(path string, root *x509.Certificate) error {
	text := pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: root.Raw})
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, text) {
		return nil
	}
	if err := files.Replace(path, text); err != nil {
		return fmt.Errorf("localca: writing the root certificate: %w", err)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // it is public
		return fmt.Errorf("localca: writing the root certificate: %w", err)
	}
	return nil
}

// equaler is what all public keys are.
type equaler interface {
	Equal(x crypto.PublicKey) bool
}

func (p pair) encode() ([]byte, error) {
	var text bytes.Buffer
	for _, a := range []authority{p.root, p.intermediate} {
		key, err := x509.MarshalPKCS8PrivateKey(a.key)
		if err != nil {
			return nil, fmt.Errorf("localca: encoding a key: %w", err)
		}
		for _, block := range []*pem.Block{{Type: certificateBlock, Bytes: a.certificate.Raw}, {Type: keyBlock, Bytes: key}} {
			if err := pem.Encode(&text, block); err != nil {
				return nil, fmt.Errorf("localca: encoding: %w", err)
			}
		}
	}
	return text.Bytes(), nil
}

// parsePair reads what encode has written.
func parsePair(text []byte) (pair, error) {
	var p pair
	rest := text
	for _, a := range []*authority{&p.root, &p.intermediate} {
		der, err := nextBlock(&rest, certificateBlock)
		if err != nil {
			return pair{}, err
		}
		if a.certificate, err = x509.ParseCertificate(der); err != nil {
			return pair{}, fmt.Errorf("a certificate cannot be read: %w", err)
		}
		if der, err = nextBlock(&rest, keyBlock); err != nil {
			return pair{}, err
		}
		// The parser's error is left out: it may quote what it has read.
		key, err := x509.ParsePKCS8PrivateKey(der)
		signer, ok := key.(crypto.Signer)
		if err != nil || !ok {
			return pair{}, errors.New("a key cannot be read")
		}
		a.key = signer
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return pair{}, errors.New("something follows the intermediate's key")
	}
	return p, nil
}

func nextBlock(rest *[]byte, typ string) ([]byte, error) {
	block, after := pem.Decode(*rest)
	if block == nil {
		return nil, fmt.Errorf("it ends where a block %q should be: root and intermediate, each certificate before its key, are needed", typ)
	}
	if block.Type != typ {
		return nil, fmt.Errorf("it has a block %q where a block %q should be", block.Type, typ)
	}
	*rest = after
	return block.Bytes, nil
}
