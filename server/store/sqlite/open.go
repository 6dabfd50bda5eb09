package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/store"
)

// Memory is the Config.Path of a database in memory, which Close deletes.
const Memory = ":memory:"

// Config is the configuration of Open.
type Config struct {
	// Path of the database file, or Memory. The file is created if it does not
	// exist; its directory is not. SQLite creates files next to it whose names
	// start with its name.
	Path string

	// MaxBytes limits the size of the database file; 0 means no limit. A write
	// that needs more fails with ErrFull and changes nothing.
	MaxBytes int64

	// BusyTimeout is how long a write waits for another program, for example a
	// backup, that has locked the database. Default: 5 seconds.
	BusyTimeout time.Duration
}

const (
	defaultBusyTimeout = 5 * time.Second

	// readConnections is the number of concurrent reads of a file.
	readConnections = 4

	// checkpointPages is the size of the write-ahead log, in pages of 4 KiB, at
	// which a commit copies it back into the database. A page that was written
	// many times is copied once, so a longer log is cheaper, but needs more disk
	// space, and more time after a crash.
	checkpointPages = 4000

	// cacheKiB limits the pages that a connection keeps in memory.
	cacheKiB = 8 << 10
)

// Open opens a store, and creates or migrates its tables.
//
// Errors: ErrInUse, ErrForeign and ErrNewer (the file is unchanged), ErrCorrupt,
// ErrFull, and those of the file system.
func Open(ctx context.Context, config Config) (store.JobStore, error) {
	open := openFile
	switch config.Path {
	case "":
		return nil, errors.New("sqlite: open: empty path")
	case Memory:
		open = openMemory
	}
	if config.BusyTimeout == 0 {
		config.BusyTimeout = defaultBusyTimeout
	}
	s, err := open(ctx, config)
	if err != nil {
		return nil, wrapSQLite("open "+config.Path, err)
	}
	return s, nil
}

// openMemory is fast, for tests that open a store each: one connection and one
// script. A database in memory needs neither a log nor a sync.
func openMemory(ctx context.Context, config Config) (*database, error) {
	c, err := connect(ctx, Memory)
	if err != nil {
		return nil, err
	}
	if err := prepareDatabase(ctx, c, config); err != nil {
		return nil, errors.Join(err, c.close())
	}
	shared := newPool(1, nil)
	shared.idle = append(shared.idle, c)
	return newStore(ctx, handles{writing: shared, reading: shared})
}

func openFile(ctx context.Context, config Config) (_ *database, err error) {
	path, err := realPath(config.Path)
	if err != nil {
		return nil, err
	}
	if err := checkAccess(path); err != nil {
		return nil, err
	}
	held, err := lock(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if errors.Is(err, ErrForeign) || errors.Is(err, ErrNewer) {
			err = errors.Join(err, held.releaseAndRemove())
		} else if err != nil {
			err = errors.Join(err, held.release())
		}
	}()
	// Before SQLite touches the file: it may be another program's.
	if err := held.database.checkHeader(); err != nil {
		return nil, err
	}
	kept := newReserve(path)
	c, err := connectWriter(ctx, path, config)
	if err != nil {
		return nil, err
	}
	file, err := statDatabase(path, held.database)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	writing := newPool(1, nil)
	writing.idle = append(writing.idle, c)
	reading := newPool(readConnections, func(ctx context.Context) (*conn, error) {
		if err := file.checkUnchanged(); err != nil {
			return nil, err
		}
		return connectReader(ctx, path, config)
	})
	return newStore(ctx, handles{writing: writing, reading: reading, file: file, lock: held, reserve: kept})
}

func connectWriter(ctx context.Context, path string, config Config) (*conn, error) {
	c, err := connectTo(ctx, path, config, "synchronous = FULL")
	if err != nil {
		return nil, err
	}
	if err := prepareDatabase(ctx, c, config); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := switchToWAL(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func connectReader(ctx context.Context, path string, config Config) (*conn, error) {
	return connectTo(ctx, path, config, "query_only = ON")
}

func connectTo(ctx context.Context, path string, config Config, pragma string) (*conn, error) {
	c, err := connect(ctx, dsnOf(path))
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("PRAGMA busy_timeout = %d; PRAGMA cache_size = -%d; PRAGMA wal_autocheckpoint = %d; PRAGMA %s",
		max(config.BusyTimeout.Milliseconds(), 1), cacheKiB, checkpointPages, pragma)
	if err := c.script(ctx, settings); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// switchToWAL also makes SQLite open the log, which it does at the first read.
func switchToWAL(ctx context.Context, c *conn) error {
	var mode any
	err := c.query(ctx, sqlWAL, nil, func(row []driver.Value) error {
		mode = row[0]
		return nil
	})
	if err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("file system does not support a write-ahead log: journal mode is %v", mode)
	}
	_, _, err = c.number(ctx, sqlRead)
	return err
}

// prepareDatabase migrates the database and applies the configured size limit.
func prepareDatabase(ctx context.Context, c *conn, config Config) error {
	if err := migrate(ctx, c, migrations()); err != nil {
		return err
	}
	if config.MaxBytes <= 0 {
		return nil
	}
	size, _, err := c.number(ctx, sqlPageSize)
	if err != nil {
		return err
	}
	return c.script(ctx, pragmaSQL(sqlMaxPages, max(config.MaxBytes/size, 1)))
}
