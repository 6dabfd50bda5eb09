package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	engine "modernc.org/sqlite"
)

// conn is one connection to SQLite and its prepared statements. It must be used
// by one goroutine at a time.
//
// It uses the driver directly instead of database/sql. The writer owns its
// connection and the readers have a separate pool, so database/sql would only add
// locks and conversions: a select of one row takes a third longer and needs half
// as many allocations more (BenchmarkStatement).
type conn struct {
	raw        rawConn
	statements map[string]statement
	args       []driver.NamedValue // of the statement that runs
	row        []driver.Value      // that is being read
}

type rawConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func connect(ctx context.Context, dsn string) (*conn, error) {
	connector, err := engine.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	opened, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	raw, ok := opened.(rawConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T lacks a method", opened), opened.Close())
	}
	return &conn{raw: raw, statements: make(map[string]statement)}, nil
}

// script runs statements that take no arguments.
func (c *conn) script(ctx context.Context, stmt string) error {
	_, err := c.raw.ExecContext(ctx, stmt, nil)
	return err
}

// exec runs one statement and returns the number of rows that it changed.
func (c *conn) exec(ctx context.Context, stmt string, args ...any) (int64, error) {
	st, err := c.prepared(ctx, stmt)
	if err != nil {
		return 0, err
	}
	result, err := st.ExecContext(ctx, c.bind(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs one statement and calls scan with each row. The row is valid during
// the call; its strings and blobs are copies that may be kept. An error of scan
// stops the query and is returned; errStopScan stops it without an error.
func (c *conn) query(ctx context.Context, stmt string, args []any, scan func(row []driver.Value) error) (err error) {
	st, err := c.prepared(ctx, stmt)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, c.bind(args))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = closeErr
		}
	}()
	c.row = resized(c.row, len(rows.Columns()))
	for {
		if err := rows.Next(c.row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := scan(c.row); errors.Is(err, errStopScan) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// errStopScan makes query stop.
var errStopScan = errors.New("sqlite: enough rows")

// number runs a query for one integer; found is false if it has no row.
func (c *conn) number(ctx context.Context, stmt string, args ...any) (n int64, found bool, err error) {
	err = c.query(ctx, stmt, args, func(row []driver.Value) error {
		n, found = row[0].(int64)
		return nil
	})
	return n, found, err
}

func (c *conn) prepared(ctx context.Context, stmt string) (statement, error) {
	if st, ok := c.statements[stmt]; ok {
		return st, nil
	}
	made, err := c.raw.PrepareContext(ctx, stmt)
	if err != nil {
		return nil, err
	}
	st, ok := made.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's %T lacks a method", made), made.Close())
	}
	c.statements[stmt] = st
	return st, nil
}

func (c *conn) bind(args []any) []driver.NamedValue {
	c.args = resized(c.args, len(args))
	for i, arg := range args {
		c.args[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return c.args
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func (c *conn) close() error {
	var errs []error
	for _, st := range c.statements {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}
