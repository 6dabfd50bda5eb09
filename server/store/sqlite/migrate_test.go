package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/store"
)

// laterMigrations returns the migrations of a later version of this package.
func laterMigrations() []string {
	return append(migrations(),
		`ALTER TABLE applications ADD COLUMN extra INTEGER NOT NULL DEFAULT 7`,
		`CREATE INDEX applications_extra ON applications (extra) WHERE status = 'Applying'`)
}

func newFile(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "esacert.db")
	if err := emptyFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func migrated(t *testing.T, path string, steps []string) error {
	t.Helper()
	c, err := connect(t.Context(), dsnOf(path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}()
	return migrate(t.Context(), c, steps)
}

func TestMigrateKeepsRows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "esacert.db")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	request, ok := applyRequest("www.example.com").operation.(*apply)
	if !ok {
		t.Fatal("not an apply")
	}
	made, err := s.Apply(t.Context(), request.batch)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	// Another connection has it open, so that no Close copies the log into the file.
	reader, err := connect(t.Context(), dsnOf(path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := reader.close(); err != nil {
			t.Error(err)
		}
	}()
	if _, _, err := reader.number(t.Context(), sqlRead); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second run changes nothing
		if err := migrated(t, path, laterMigrations()); err != nil {
			t.Fatal(err)
		}
		c, err := connect(t.Context(), dsnOf(path))
		if err != nil {
			t.Fatal(err)
		}
		extra, _, err := c.number(t.Context(), `SELECT extra FROM applications WHERE id = ?`, made[0].ID)
		if err != nil || extra != 7 {
			t.Errorf("the new column is %d, %v", extra, err)
		}
		version, _, err := c.number(t.Context(), `PRAGMA user_version`)
		if err != nil || version != int64(len(laterMigrations())) {
			t.Errorf("the version is %d, %v", version, err)
		}
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}
	if err := emptyFile(path); !errors.Is(err, ErrNewer) {
		t.Errorf("the header has an old version: %v", err)
	}
	if _, err := Open(t.Context(), Config{Path: path}); !errors.Is(err, ErrNewer) {
		t.Errorf("Open of a later version: %v, want ErrNewer", err)
	}
}

// If a step fails, the steps before it are rolled back too.
func TestMigrateAllOrNone(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	err := migrated(t, path, append(laterMigrations(), `ALTER TABLE missing ADD COLUMN a`))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("migrate from version 0 to %d", len(laterMigrations())+1)) {
		t.Fatalf("migrate: %v", err)
	}
	s, err := Open(t.Context(), Config{Path: path}) // as if it were new
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Applications(t.Context(), store.Query{}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// migrate rejects a newer database too: its version may be in the log only, where
// checkHeader does not read it.
func TestMigrateRejectsNewer(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	if err := migrated(t, path, laterMigrations()); err != nil {
		t.Fatal(err)
	}
	c, err := connect(t.Context(), dsnOf(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), c, migrations()); !errors.Is(err, ErrNewer) {
		t.Errorf("migrate: %v, want ErrNewer", err)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

// emptyFile creates the file if it does not exist, and checks its header.
func emptyFile(path string) error {
	held, err := holdToWrite(path)
	if err != nil {
		return err
	}
	return errors.Join(held.checkHeader(), held.release())
}
