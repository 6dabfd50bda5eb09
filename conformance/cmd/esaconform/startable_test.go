package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/esacert/esacert/conformance/internal/process"
)

// An adapter may be named as a person names a program in the folder they are
// in.
func TestStartable(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile(filepath.Join(dir, "my-adapter"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		command process.Command
		ok      bool
	}{
		{process.Command{Path: "./my-adapter"}, true},
		{process.Command{Path: "./my-adapter", Dir: "."}, true},
		{process.Command{Path: "./my-adapter", Dir: dir}, true},
		{process.Command{Path: filepath.Join(dir, "my-adapter")}, true},
		{process.Command{Path: "sh"}, true},
		{process.Command{Path: "my-adapter"}, false},
		{process.Command{Path: "./none"}, false},
	} {
		if err := (adapterProgram{name: "x", command: tc.command}).startable(); (err == nil) != tc.ok {
			t.Errorf("%+v: %v", tc.command, err)
		}
	}
}
