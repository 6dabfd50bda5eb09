package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Account implements store.Jobs.
func (s *database) Account(ctx context.Context, authority string) (store.ACMEAccount, error) {
	var found *store.ACMEAccount
	err := s.withReader(ctx, func(c *conn) (err error) {
		found, err = readAccount(ctx, c, authority)
		return err
	})
	if err != nil {
		return store.ACMEAccount{}, wrapError("read an account", err)
	}
	if found == nil {
		return store.ACMEAccount{}, fmt.Errorf("%w: no account at the authority %q", store.ErrNotFound, authority)
	}
	return *found, nil
}

func readAccount(ctx context.Context, c *conn, authority string) (found *store.ACMEAccount, err error) {
	err = c.query(ctx, sqlAccount, []any{authority}, func(row []driver.Value) error {
		r := rowScanner{row: row}
		found = &store.ACMEAccount{Authority: r.text(), SealedKey: r.blob(), URL: r.text(), CreatedAt: r.instant()}
		return r.err
	})
	return found, err
}

// SaveAccount implements store.Jobs.
func (s *database) SaveAccount(ctx context.Context, a store.ACMEAccount) (store.ACMEAccount, error) {
	op := &saveAccount{account: a}
	if err := s.writer.write(ctx, op); err != nil {
		return store.ACMEAccount{}, wrapError("save an account", err)
	}
	return op.kept, nil
}

type saveAccount struct{ account, kept store.ACMEAccount }

func (*saveAccount) size() int { return 1 }

func (a *saveAccount) run(ctx context.Context, t *tx) (refusal, err error) {
	if _, err := t.conn.exec(ctx, sqlSaveAccount, a.account.Authority, blob(a.account.SealedKey), a.account.URL, unixMicro(a.account.CreatedAt)); err != nil {
		return nil, err
	}
	kept, err := readAccount(ctx, t.conn, a.account.Authority)
	if err != nil {
		return nil, err
	}
	a.kept = *kept
	return nil, nil
}

// sealedPageSize is the number of keys read before they are yielded.
const sealedPageSize = 256

// Sealed implements store.Jobs. It releases the connection between two pages, so
// yield may use the store.
func (s *database) Sealed(ctx context.Context, yield func(store.Sealed) error) error {
	for _, table := range sealedTables() {
		if err := s.sealedIn(ctx, table, yield); err != nil {
			return err
		}
	}
	return nil
}

func (s *database) sealedIn(ctx context.Context, table sealedTable, yield func(store.Sealed) error) error {
	after := table.first()
	for {
		var page []store.Sealed
		err := s.withReader(ctx, func(c *conn) error {
			return c.query(ctx, table.next, []any{after, int64(sealedPageSize)}, func(row []driver.Value) error {
				after = row[0]
				one, err := table.sealed(row)
				page = append(page, one)
				return err
			})
		})
		if err != nil {
			return wrapError("read sealed keys", err)
		}
		for _, one := range page {
			if err := yield(one); err != nil {
				return err
			}
		}
		if len(page) < sealedPageSize {
			return nil
		}
	}
}

// sealed reads the two columns of the table's statements.
func (t sealedTable) sealed(row []driver.Value) (store.Sealed, error) {
	r := rowScanner{row: row}
	var key string
	if t.owner == accountOwner {
		key = r.text()
	} else {
		key = strconv.FormatInt(r.integer(), 10)
	}
	return store.Sealed{Owner: t.owner + key, Key: r.blob()}, r.err
}

// SealedSamples implements store.Jobs.
func (s *database) SealedSamples(ctx context.Context) (samples []store.Sealed, err error) {
	err = s.withReader(ctx, func(c *conn) error {
		for _, table := range sealedTables() {
			found, err := table.samples(ctx, c)
			if err != nil {
				return err
			}
			samples = append(samples, found...)
		}
		return nil
	})
	if err != nil {
		return nil, wrapError("read samples of sealed keys", err)
	}
	return samples, nil
}

// samples iterates over the marks. An empty column has no mark.
func (t sealedTable) samples(ctx context.Context, c *conn) (samples []store.Sealed, err error) {
	for after := []byte{}; ; {
		first, found, err := t.sample(ctx, c, t.nextMark, after)
		if err != nil || !found {
			return samples, err
		}
		after = first.Key[:min(len(first.Key), storerules.SealedMark)]
		last, _, err := t.sample(ctx, c, t.lastOfMark, after)
		if err != nil {
			return nil, err
		}
		samples = append(samples, first)
		if last.Owner != first.Owner {
			samples = append(samples, last)
		}
	}
}

func (t sealedTable) sample(ctx context.Context, c *conn, stmt string, mark []byte) (one store.Sealed, found bool, err error) {
	err = c.query(ctx, stmt, []any{blob(mark)}, func(row []driver.Value) (err error) {
		found = true
		one, err = t.sealed(row)
		return err
	})
	return one, found, err
}

// first is less than every key of the table.
func (t sealedTable) first() any {
	if t.owner == accountOwner {
		return ""
	}
	return int64(math.MinInt64)
}

// Reseal implements store.Jobs.
func (s *database) Reseal(ctx context.Context, old store.Sealed, sealed []byte) (bool, error) {
	for _, table := range sealedTables() {
		name, found := strings.CutPrefix(old.Owner, table.owner)
		if !found {
			continue
		}
		op := &reseal{put: table.put, key: name, old: old.Key, sealed: sealed}
		if table.owner != accountOwner {
			id, err := strconv.ParseInt(name, 10, 64)
			if err != nil {
				return false, nil //nolint:nilerr // the owner does not exist, so no key is replaced
			}
			op.key = id
		}
		if err := s.writer.write(ctx, op); err != nil {
			return false, wrapError("reseal", err)
		}
		return op.done, nil
	}
	return false, nil
}

type reseal struct {
	put         string
	key         any
	old, sealed []byte
	done        bool
}

func (*reseal) size() int { return 1 }

func (r *reseal) run(ctx context.Context, t *tx) (refusal, err error) {
	n, err := t.conn.exec(ctx, r.put, blob(r.sealed), r.key, blob(r.old))
	r.done = n > 0
	return nil, err
}
