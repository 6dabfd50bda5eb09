package sqlite

import (
	"context"
	"time"

	"github.com/esacert/esacert/server/store"
)

// tx is the transaction of one group. Rows of applications are written
// immediately, so that the next operation of the group sees them; counters and
// nonces are collected and written once, for all operations.
type tx struct {
	changes
	conn    *conn
	lastID  int64
	nonces  []store.Nonce
	horizon time.Time // of nonces
}

// changes are the counters that a group reads and changes.
type changes struct {
	quota        map[quotaKey]counter
	records      map[recordsKey]counter
	sites        map[siteKey]int      // by how much the use of a quota by a site changes
	countChanges map[store.Status]int // changes of the numbers of applications that are not Applying
}

type (
	quotaKey   struct{ account, plan, family string }
	recordsKey struct {
		account string
		site    int64
	}
	siteKey struct {
		quotaKey
		site int64
	}
)

type counter struct {
	used    int
	changed bool
}

// newTx returns a transaction. It reuses the maps of an earlier one, which must have
// ended.
func newTx(c *conn, lastID int64, horizon time.Time, earlier changes) *tx {
	return &tx{
		changes: changes{
			quota:        emptied(earlier.quota),
			records:      emptied(earlier.records),
			sites:        emptied(earlier.sites),
			countChanges: emptied(earlier.countChanges),
		},
		conn:    c,
		lastID:  lastID,
		horizon: horizon,
	}
}

// emptied returns an empty map: m, unless it is nil or large. The time to clear a map
// depends on the largest size that it has had.
func emptied[K comparable, V any](m map[K]V) map[K]V {
	const large = 64
	if m == nil || len(m) > large {
		return make(map[K]V)
	}
	clear(m)
	return m
}

func (t *tx) do(ctx context.Context, group []*request) error {
	for _, r := range group {
		if !r.start() {
			continue
		}
		var err error
		if r.refusal, err = r.run(ctx, t); err != nil {
			return err
		}
	}
	if err := t.flush(ctx); err != nil {
		return err
	}
	_, err := t.conn.exec(ctx, sqlCommit)
	return err
}

func (t *tx) flush(ctx context.Context) error {
	for key, n := range t.quota {
		if !n.changed {
			continue
		}
		if _, err := t.conn.exec(ctx, sqlSetQuota, key.account, key.plan, key.family, int64(n.used)); err != nil {
			return err
		}
	}
	for key, n := range t.records {
		if !n.changed {
			continue
		}
		if _, err := t.conn.exec(ctx, sqlSetRecords, key.account, key.site, int64(n.used)); err != nil {
			return err
		}
	}
	if err := t.flushSites(ctx); err != nil {
		return err
	}
	for status, n := range t.countChanges {
		if n == 0 {
			continue
		}
		if _, err := t.conn.exec(ctx, sqlCount, int64(n), string(status)); err != nil {
			return err
		}
	}
	return insertNonces(ctx, t.conn, t.nonces)
}

// flushSites adds what the group has changed, without reading it first. A row that
// becomes smaller exists.
func (t *tx) flushSites(ctx context.Context) error {
	for key, n := range t.sites {
		statement := sqlAddSiteUsage
		switch {
		case n == 0:
			continue
		case n < 0:
			statement, n = sqlReleaseSiteUsage, -n
		}
		if _, err := t.conn.exec(ctx, statement, int64(n), key.account, key.plan, key.family, key.site); err != nil {
			return err
		}
	}
	return nil
}

// quotaUsed reads a counter as this transaction sees it.
func (t *tx) quotaUsed(ctx context.Context, key quotaKey) (int, error) {
	if n, ok := t.quota[key]; ok {
		return n.used, nil
	}
	used, _, err := t.conn.number(ctx, sqlQuota, key.account, key.plan, key.family)
	if err != nil {
		return 0, err
	}
	t.quota[key] = counter{used: int(used)}
	return int(used), nil
}

// recordsUsed reads a counter as this transaction sees it.
func (t *tx) recordsUsed(ctx context.Context, key recordsKey) (int, error) {
	if n, ok := t.records[key]; ok {
		return n.used, nil
	}
	used, _, err := t.conn.number(ctx, sqlRecords, key.account, key.site)
	if err != nil {
		return 0, err
	}
	t.records[key] = counter{used: int(used)}
	return int(used), nil
}

// addQuota adds n, which may be negative, to the counter of a quota and to that of
// its use by a site.
func (t *tx) addQuota(ctx context.Context, key quotaKey, site int64, n int) error {
	used, err := t.quotaUsed(ctx, key)
	if err != nil {
		return err
	}
	t.quota[key] = counter{used: used + n, changed: true}
	t.sites[siteKey{quotaKey: key, site: site}] += n
	return nil
}

// addRecords adds n, which may be negative, to a counter.
func (t *tx) addRecords(ctx context.Context, key recordsKey, n int) error {
	if n == 0 {
		return nil
	}
	used, err := t.recordsUsed(ctx, key)
	if err != nil {
		return err
	}
	t.records[key] = counter{used: used + n, changed: true}
	return nil
}
