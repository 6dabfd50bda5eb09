package sqlite

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// The statements of the store. Each is prepared once per connection.
const (
	sqlBegin    = `BEGIN IMMEDIATE`
	sqlCommit   = `COMMIT`
	sqlRollback = `ROLLBACK`

	sqlLastID = `SELECT coalesce(max(id), 0) FROM applications`

	sqlPending = `SELECT id FROM applications
		WHERE account = ? AND site = ? AND domain = ? AND status = 'Applying'`

	// Numbered parameters, which would bind the time once, are slower: the driver
	// requests the name of each.
	sqlInsert = `INSERT INTO applications
		(id, account, site, domain, type, alg_type, plan, family, records, status, request_id, created, updated, due)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'Applying', ?, ?, ?, ?)`

	sqlApplication = `SELECT account, site, plan, family, records, status, type FROM applications WHERE id = ?`

	// Nothing is due, and a current lease is fenced off.
	sqlFinish = `UPDATE applications SET status = ?, updated = ?, due = NULL, leased = 0 WHERE id = ?`

	sqlQuota = `SELECT used FROM quota_used WHERE account = ? AND plan = ? AND family = ?`

	sqlSetQuota = `INSERT INTO quota_used (account, plan, family, used) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET used = excluded.used`

	sqlAddSiteUsage = `INSERT INTO site_usage (used, account, plan, family, site) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET used = used + excluded.used`

	sqlReleaseSiteUsage = `UPDATE site_usage SET used = used - ? WHERE account = ? AND plan = ? AND family = ? AND site = ?`

	sqlRecords = `SELECT used FROM records_used WHERE account = ? AND site = ?`

	sqlSetRecords = `INSERT INTO records_used (account, site, used) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET used = excluded.used`

	// One statement, so that both counters are of the same moment.
	sqlUsage = `SELECT
		coalesce((SELECT used FROM quota_used WHERE account = ?1 AND plan = ?2 AND family = ?3), 0),
		coalesce((SELECT used FROM records_used WHERE account = ?1 AND site = ?4), 0)`

	sqlInsertNonces = `INSERT INTO nonces (expires, account, access_key, block) VALUES (?, ?, ?, ?)`

	// By ID, skipping expired ones: they are few if they are deleted regularly,
	// and continuing after an ID is exact.
	sqlNonces = `SELECT id, account, access_key, block FROM nonces
		WHERE id > ? AND +expires > ? ORDER BY id LIMIT 1000`

	sqlDeleteExpiredNonces = `DELETE FROM nonces
		WHERE id IN (SELECT id FROM nonces WHERE expires < ? ORDER BY expires LIMIT ?)`

	sqlHorizon = `SELECT second FROM nonce_horizon`

	sqlRaiseHorizon = `INSERT INTO nonce_horizon (id, second) VALUES (1, ?)
		ON CONFLICT DO UPDATE SET second = max(second, excluded.second)`

	sqlLowerHorizon = `UPDATE nonce_horizon SET second = min(second, ?)`

	// Sets the version in the header to its current value: a write that changes
	// nothing.
	sqlPing = `PRAGMA application_id = %d`

	// Only probes have this time.
	sqlProbe = `INSERT INTO nonces (expires, block) VALUES (0, zeroblob(?))`
	sqlSweep = `DELETE FROM nonces WHERE expires = 0`

	sqlRead = `SELECT id FROM applications LIMIT 1`
)

// The statements that open a database.
const (
	sqlIdentity = `SELECT
		(SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema)`

	sqlSetApplicationID = `PRAGMA application_id = %d`
	sqlSetVersion       = `PRAGMA user_version = %d`
	sqlWAL              = `PRAGMA journal_mode = WAL`
	sqlCheckpoint       = `PRAGMA wal_checkpoint(TRUNCATE)`
	sqlPageSize         = `PRAGMA page_size`
	sqlMaxPages         = `PRAGMA max_page_count = %d`
)

// selectApplications returns the statement of a query and its arguments.
func selectApplications(q store.Query) (stmt string, args []any) {
	where, args := conditions(q, "")
	return `SELECT id, account, site, domain, type, alg_type, plan, family, records, status, request_id, created, updated, name, names, region
		FROM applications ` + where, args
}

// conditions returns the part of a statement after its tables; prefix precedes
// each column. An open condition is omitted instead of compared with a wildcard,
// so that SQLite sees which index applies. The statement depends only on which
// conditions exist, so few statements need to be prepared.
//
// Only account and site together use an index, and Issued applications of a name
// use a separate one; other queries, and those for deleted applications, read IDs
// in order until the page is full. The + keeps SQLite from sorting all applications
// of an account for a query by account.
func conditions(q store.Query, prefix string) (stmt string, args []any) {
	var b strings.Builder
	add := func(before, column string, arg any) {
		b.WriteString(before + prefix + column)
		args = append(args, arg)
	}
	add(`WHERE `, `id > ?`, q.After)
	if q.Account != "" && q.SiteID != 0 {
		add(` AND `, `account = ?`, q.Account)
	} else if q.Account != "" {
		add(` AND +`, `account = ?`, q.Account)
	}
	if q.SiteID != 0 {
		add(` AND `, `site = ?`, q.SiteID)
	}
	if q.Domain != "" {
		add(` AND `, `domain = ?`, q.Domain)
	}
	switch {
	case q.Status == store.Issued && q.Account != "" && q.SiteID != 0 && q.Domain != "":
		b.WriteString(` AND ` + prefix + `status = 'Issued'`) // the index of these knows the word only
	case q.Status != "":
		add(` AND +`, `status = ?`, string(q.Status))
	}
	if q.Status != store.Deleted {
		b.WriteString(` AND ` + prefix + `status <> 'Deleted'`)
	}
	b.WriteString(` ORDER BY ` + prefix + `id LIMIT ?`)
	return b.String(), append(args, int64(storerules.PageSize(q)))
}

// pragmaSQL inserts a number into a PRAGMA, which takes no parameters.
func pragmaSQL(stmt string, value int64) string { return fmt.Sprintf(stmt, value) }
