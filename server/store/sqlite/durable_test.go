package sqlite

import (
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"
)

// Data that a killed process has passed to the system is not lost, so the crash
// test cannot detect whether a commit waits for the disk. These settings ensure
// it.
func TestDurableSettings(t *testing.T) {
	t.Parallel()
	s := openDatabase(t, filepath.Join(t.TempDir(), "esacert.db"))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := s.writing.acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.writing.release(c)
	for pragma, want := range map[string]string{
		"journal_mode":       "wal",
		"synchronous":        "2", // FULL: a commit waits until the log is on the disk
		"wal_autocheckpoint": fmt.Sprint(checkpointPages),
		"busy_timeout":       fmt.Sprint(defaultBusyTimeout.Milliseconds()),
	} {
		var got string
		err := c.query(t.Context(), "PRAGMA "+pragma, nil, func(row []driver.Value) error {
			got = fmt.Sprint(row[0])
			return nil
		})
		if err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", pragma, got, err, want)
		}
	}
}

// Reading connections reject every statement that writes.
func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	s := openDatabase(t, filepath.Join(t.TempDir(), "esacert.db"))
	err := s.withReader(t.Context(), func(c *conn) error {
		_, err := c.exec(t.Context(), sqlSetRecords, "a", int64(1), int64(1))
		return err
	})
	if err == nil {
		t.Error("a reader wrote")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
