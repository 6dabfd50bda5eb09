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
		content, _ := os.ReadFile(name) // an error shows as short content
		read <- string(content)
	}()
	run := readRun(t, "matrix")
	if err := file.Write(JSON{}, run); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != string(written(t, JSON{}, run)) {
		t.Errorf("got %d bytes from the pipe", len(got))
	}
}
