package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// identity identifies a database.
type identity struct {
	applicationID int64
	version       int64
	tables        int64 // and indexes
}

func (id identity) isNew() bool { return id == identity{} }

// checkIdentity rejects a database that a store with the given number of
// migrations must not write to.
func checkIdentity(id identity, known int) error {
	switch {
	case id.isNew():
		return nil
	case id.applicationID != applicationID:
		return fmt.Errorf("%w: its application id is %d", ErrForeign, id.applicationID)
	case id.version > int64(known):
		return fmt.Errorf("%w: its schema has version %d, this server knows %d", ErrNewer, id.version, known)
	default:
		return nil
	}
}

// migrate migrates the database to the last version of the list. All steps run in
// one transaction, in which a new database also gets its application ID: after a
// crash it has the old schema or the new one.
//
// A new file is not in WAL mode yet, so its ID is in the file itself and never in
// the log alone: checkHeader depends on that.
func migrate(ctx context.Context, c *conn, steps []string) error {
	id, err := identify(ctx, c)
	if err != nil {
		return err
	}
	if err := checkIdentity(id, len(steps)); err != nil {
		return err
	}
	if id.version == int64(len(steps)) {
		return nil
	}
	if err := c.script(ctx, migration(id.version, steps)); err != nil {
		// This fails if the transaction was not started; the error is ignored.
		_ = c.script(context.WithoutCancel(ctx), sqlRollback)
		return fmt.Errorf("migrate from version %d to %d: %w", id.version, len(steps), err)
	}
	// The version is written to the file itself, where checkHeader reads it.
	return c.script(ctx, sqlCheckpoint)
}

func migration(from int64, steps []string) string {
	script := sqlBegin + ";\n" + pragmaSQL(sqlSetApplicationID, applicationID) + ";\n"
	for _, step := range steps[from:] {
		script += step + ";\n"
	}
	return script + pragmaSQL(sqlSetVersion, int64(len(steps))) + ";\n" + sqlCommit
}

func identify(ctx context.Context, c *conn) (id identity, err error) {
	err = c.query(ctx, sqlIdentity, nil, func(row []driver.Value) error {
		var ok [3]bool
		id.applicationID, ok[0] = row[0].(int64)
		id.version, ok[1] = row[1].(int64)
		id.tables, ok[2] = row[2].(int64)
		if ok != [3]bool{true, true, true} {
			return errors.New("the header of the database cannot be read")
		}
		return nil
	})
	return id, err
}
