package sqlite

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"
)

// BenchmarkStatement runs the statement that every apply begins with, through
// conn and through database/sql.
func BenchmarkStatement(b *testing.B) {
	b.Run("conn", func(b *testing.B) {
		c := open(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := c.number(b.Context(), sqlPending, "account", int64(1), "www.example.com"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("database-sql", func(b *testing.B) {
		db, err := sql.Open("sqlite", Memory)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		db.SetMaxOpenConns(1)
		if _, err := db.ExecContext(b.Context(), version1); err != nil {
			b.Fatal(err)
		}
		statement, err := db.PrepareContext(b.Context(), sqlPending)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			var id int64
			if err := statement.QueryRow("account", int64(1), "www.example.com").Scan(&id); !errors.Is(err, sql.ErrNoRows) {
				b.Fatal(err)
			}
		}
	})
}

func open(t testing.TB) *conn {
	t.Helper()
	c, err := connect(t.Context(), Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	if err := migrate(t.Context(), c, migrations()); err != nil {
		t.Fatal(err)
	}
	return c
}

// wrapSQLite adds the operation, and the error of this package that matches the
// code.
func TestWrapSQLite(t *testing.T) {
	t.Parallel()
	c := open(t)
	if err := c.script(t.Context(), `PRAGMA max_page_count = 1; CREATE TABLE large (a)`); !errors.Is(wrapSQLite("test", err), ErrFull) {
		t.Errorf("a full database: %v, want ErrFull", wrapSQLite("test", err))
	}
	_, err := c.exec(t.Context(), `INSERT INTO quota_used VALUES ('a', 'p', 'f', -1)`)
	if err == nil {
		t.Error("a counter may be negative")
	}
	if got, want := wrapSQLite("doing this", err).Error(), fmt.Sprintf("sqlite: doing this: %v", err); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if wrapSQLite("nothing", nil) != nil {
		t.Error("nil became an error")
	}
}

// The tables are STRICT, so a column of another type is corruption.
func TestRowScanner(t *testing.T) {
	t.Parallel()
	c := rowScanner{row: []driver.Value{int64(7), "seven", []byte("7"), nil}}
	if n, s, b := c.integer(), c.text(), c.blob(); n != 7 || s != "seven" || string(b) != "7" || c.blob() != nil || c.err != nil {
		t.Errorf("%d %q %q %v", n, s, b, c.err)
	}
	for name, read := range map[string]func(*rowScanner){
		"integer": func(c *rowScanner) { c.integer() },
		"text":    func(c *rowScanner) { c.text() },
		"blob":    func(c *rowScanner) { c.blob() },
		"instant": func(c *rowScanner) { c.instant() },
	} {
		c := rowScanner{row: []driver.Value{1.5}}
		if read(&c); !errors.Is(c.err, ErrCorrupt) {
			t.Errorf("%s of a real: %v, want ErrCorrupt", name, c.err)
		}
	}
}
