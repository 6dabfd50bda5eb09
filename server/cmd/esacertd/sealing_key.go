package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/esacert/esacert/server/internal/issuance/seal"
)

type sealingKeyCmd struct {
	New    newSealingKeyCmd    `cmd:"" help:"Create a sealing key file."`
	Rotate rotateSealingKeyCmd `cmd:"" help:"Add a key to the file. On its next start, the server re-encrypts stored private keys with it."`
}

type newSealingKeyCmd struct {
	File string `arg:"" type:"path" help:"File to create; it must not exist."`
}

// Run creates a key file.
func (c newSealingKeyCmd) Run(s streams) error {
	ring, err := seal.Create(c.File)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s already exists; use 'esacertd sealing-key rotate' to add a key", c.File)
	}
	return reportKeys(s, c.File, ring, err)
}

type rotateSealingKeyCmd struct {
	File string `arg:"" type:"path" help:"Sealing key file."`
}

// Run adds a key to a key file.
func (c rotateSealingKeyCmd) Run(s streams) error {
	ring, err := seal.Rotate(c.File)
	return reportKeys(s, c.File, ring, err)
}

func reportKeys(s streams, file string, ring *seal.Keyring, err error) error {
	if err != nil {
		return fmt.Errorf("sealing key: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "%s: sealing with key %s (number %d). Back up this file: stored private keys cannot be decrypted without it.\n", file, ring.Name(), ring.Newest())
	return err
}
