//go:build unix

package report

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestFileWritesIntoPipes(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		text, _ := os.ReadFile(name) // an error shows as a short text
		read <- string(text)
	}()
	run := readRun(t, "matrix")
	if err := file.Write(JSON{}, run); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != string(written(t, JSON{}, run)) {
		t.Errorf("the pipe gave %d bytes", len(got))
	}
}
