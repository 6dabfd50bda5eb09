package sqlite

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// rowScanner reads the columns of a row in order. The tables are STRICT, so a
// column of the wrong type means a damaged file; the first one is recorded in
// err, and later columns read as zero.
type rowScanner struct {
	row []driver.Value
	at  int
	err error
}

func (c *rowScanner) integer() int64 { return column[int64](c) }

func (c *rowScanner) text() string { return column[string](c) }

func (c *rowScanner) blob() []byte {
	if c.row[c.at] == nil { // what the driver makes of an empty blob
		c.at++
		return nil
	}
	return column[[]byte](c)
}

func (c *rowScanner) instant() time.Time { return time.UnixMicro(c.integer()).UTC() }

// null reports whether the next column is NULL. It does not advance.
func (c *rowScanner) null() bool { return c.row[c.at] == nil }

// skip skips n columns.
func (c *rowScanner) skip(n int) { c.at += n }

func column[T any](c *rowScanner) T {
	v, ok := c.row[c.at].(T)
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%w: column %d is a %T and not a %T", ErrCorrupt, c.at, c.row[c.at], v)
	}
	c.at++
	return v
}
