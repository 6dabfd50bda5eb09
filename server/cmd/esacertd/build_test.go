package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A slow build reports what is being built; a fast build prints nothing. The
// exit code is the compiler's.
func TestMakeBuildAnnounces(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("make")
	if err != nil {
		t.Skip("make is not installed")
	}
	for _, tc := range []struct {
		name, compiler, after string
		fails                 bool
		want                  string
	}{
		// The compiler exits when it sees the announcement; without it, the test times out.
		{"cold", `until grep -q building "$OUTPUT"; do sleep 0.05; done`, "0", false, "building esacert, esacertd and esaconform in bin/; the first time takes minutes, later seconds\n"},
		{"warm", ":", "3600", false, ""},
		{"broken", "echo main.go:1: syntax error >&2; exit 1", "3600", true, "main.go:1: syntax error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			compiler, output := filepath.Join(folder, "go"), filepath.Join(folder, "output")
			if err := os.WriteFile(compiler, []byte("#!/bin/sh\n"+tc.compiler+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			file, err := os.Create(output)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			build := exec.CommandContext(ctx, program, "-s", "--no-print-directory", "-C", "../../..", "build", "GO="+compiler)
			build.Env = append(os.Environ(), "ANNOUNCE_AFTER="+tc.after, "OUTPUT="+output)
			build.Stdout, build.Stderr = file, file
			err = build.Run()
			printed, readErr := os.ReadFile(output)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if (err != nil) != tc.fails || tc.want == "" && len(printed) > 0 || !strings.Contains(string(printed), tc.want) || bytes.Count(printed, []byte("building")) > 1 {
				t.Errorf("%v, printed %q; want %q", err, printed, tc.want)
			}
		})
	}
}
