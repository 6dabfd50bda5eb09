package main

import (
	"fmt"

	"github.com/esacert/esacert/server/config"
)

type configCmd struct {
	Example exampleCmd `cmd:"" help:"Print the built-in example, with a comment at each key."`
	Check   checkCmd   `cmd:"" help:"Check a configuration file."`
}

type exampleCmd struct{}

// Run prints the example.
func (exampleCmd) Run(s streams) error {
	_, err := s.out.Write(config.Example())
	return err
}

type checkCmd struct {
	File string `arg:"" type:"existingfile" help:"The file to check."`
}

// Run checks a file.
func (c checkCmd) Run(s streams) error {
	cfg, err := config.Load(c.File)
	if err != nil {
		return err
	}
	if err := cfg.CheckSealingKey(); err != nil {
		return err
	}
	if err := checkHTTPS(cfg); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, c.File+": in order")
	return err
}
