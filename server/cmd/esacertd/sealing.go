package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/esacert/esacert/server/issuer/seal"
)

type sealingKeyCmd struct {
	New    newSealingKeyCmd    `cmd:"" help:"Make a file with a key that private keys are sealed with."`
	Rotate rotateSealingKeyCmd `cmd:"" help:"Add a new key to the file. A server that starts with it seals what it has stored anew."`
}

type newSealingKeyCmd struct {
	File string `arg:"" type:"path" help:"The file, which must not be there yet."`
}

// Run makes a key file.
func (c newSealingKeyCmd) Run(s streams) error {
	ring, err := seal.Create(c.File)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: 'esacertd sealing-key rotate' adds a key to it", c.File)
	}
	return reportKeys(s, c.File, ring, err)
}

type rotateSealingKeyCmd struct {
	File string `arg:"" type:"path" help:"The file."`
}

// Run adds a key to a key file.
func (c rotateSealingKeyCmd) Run(s streams) error {
	ring, err := seal.Rotate(c.File)
	return reportKeys(s, c.File, ring, err)
}

func reportKeys(s streams, file string, ring *seal.Ring, err error) error {
	if err != nil {
		return fmt.Errorf("sealing key: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "%s: key %d seals. Keep a copy of the file in a safe place: without it no stored private key can be opened.\n", file, ring.Newest())
	return err
}
