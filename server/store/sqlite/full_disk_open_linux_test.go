package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/esacert/esacert/server/store/sqlite"
)

// Open of a database on a full disk returns ErrFull, whatever state the database was
// left in and however little space is free. The last Open has enough space.
func TestOpenOnAFullFileSystem(t *testing.T) {
	t.Parallel()
	output := onSmallDisk(t, openingFull)
	for _, left := range []string{"no database", "stopped", "crashed"} {
		if !strings.Contains(output, left+" 0: sqlite: open ") {
			t.Errorf("%s: opened without space:\n%s", left, output)
		}
		if want := fmt.Sprintf("%s %d: <nil>\n", left, maxFreePages); !strings.Contains(output, want) {
			t.Errorf("the output lacks %q:\n%s", want, output)
		}
	}
	for line := range strings.Lines(output) {
		if !strings.HasSuffix(line, ": <nil>\n") && !strings.Contains(line, sqlite.ErrFull.Error()) {
			t.Errorf("the error does not report a full disk: %s", line)
		}
	}
}

// mostFreePages is enough to open each of the databases.
const maxFreePages = 200

// openFull opens databases on a small file system with an increasing number of
// free pages.
func openFull(path, _ string) error {
	dir := filepath.Dir(path)
	if err := mountSmall(dir); err != nil {
		return err
	}
	fixtures, err := databasesLeft(path)
	if err != nil {
		return err
	}
	output := ""
	for left, files := range fixtures {
		for _, pages := range []int64{0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50, 70, maxFreePages} {
			if err := refill(dir, files, pages); err != nil {
				return fmt.Errorf("%s, %d pages: %w", left, pages, err)
			}
			s, err := sqlite.Open(context.Background(), sqlite.Config{Path: path})
			output += fmt.Sprintf("%s %d: %v\n", left, pages, err)
			if err != nil {
				continue
			}
			if err := s.Close(); err != nil {
				output += fmt.Sprintf("%s %d, closing: %v\n", left, pages, err)
			}
		}
	}
	return errors.New(strings.TrimSuffix(output, "\n"))
}

// databasesLeft returns the files that a server leaves, by name, when it stops and
// when it crashes.
func databasesLeft(path string) (map[string]map[string][]byte, error) {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		return nil, err
	}
	for n := range 20 {
		if _, err := s.Apply(ctx, batch(fmt.Sprint("name-", n))); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	crashed, err := filesIn(filepath.Dir(path))
	delete(crashed, filepath.Base(path)+"-shm") // a restart of the machine may lose it
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	stopped, err := filesIn(filepath.Dir(path))
	return map[string]map[string][]byte{"no database": nil, "stopped": stopped, "crashed": crashed}, err
}

// filesIn reads the files of a directory except the reserve, as if no space had
// been left for it.
func filesIn(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), "-reserve") {
			continue
		}
		data, readErr := os.ReadFile(filepath.Join(dir, entry.Name()))
		files[entry.Name()], err = data, errors.Join(err, readErr)
	}
	return files, err
}

// refill empties a directory, writes files, and fills the file system except for
// the given number of free pages of 4 KiB.
func refill(dir string, files map[string][]byte, pages int64) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		err = errors.Join(err, os.Remove(filepath.Join(dir, entry.Name())))
	}
	for name, data := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	if err != nil {
		return err
	}
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, make([]byte, 5<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the file system is larger: %w", err)
	}
	info, err := os.Stat(other)
	if err != nil {
		return err
	}
	const page = 4096
	return os.Truncate(other, (info.Size()+page-1)/page*page-pages*page)
}
