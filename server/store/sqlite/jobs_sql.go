package sqlite

import (
	"strings"

	"github.com/esacert/esacert/server/store"
)

// The statements of store.Jobs.
const (
	// The row exists since the migration.
	sqlCount = `UPDATE ended_counts SET n = n + ? WHERE status = ?`

	// Two ranges of one index: what is due, and what a clock that was set back
	// has postponed. Each is read in the order of the index.
	sqlDue = `SELECT id FROM applications WHERE due <= ? ORDER BY due, id LIMIT ?`

	sqlFarAhead = `SELECT id FROM applications WHERE due > ? ORDER BY due, id LIMIT ?`

	sqlLease = `UPDATE applications SET due = ?, attempt = attempt + 1, leased = attempt + 1 WHERE id = ?`

	sqlNextDue = `SELECT due FROM applications WHERE due IS NOT NULL ORDER BY due LIMIT 1`

	// The input of a fenced write.
	sqlLeased = `SELECT leased, status, account, site, plan, family, records, domain FROM applications WHERE id = ?`

	sqlSaveOrder = `INSERT INTO orders (application, domain, authority, url, sealed_key, created) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET authority = excluded.authority, url = excluded.url,
			sealed_key = excluded.sealed_key, created = excluded.created`

	sqlDropOrder = `DELETE FROM orders WHERE application = ?`

	sqlReschedule = `UPDATE applications SET due = ?, failures = ?, retries = ?, problem = coalesce(?, problem), leased = 0
		WHERE id = ?`

	sqlDelivered = `UPDATE certificates SET delivered = 1 WHERE application = ?`

	sqlIssued = `UPDATE applications SET status = 'Issued', updated = ?, due = ?, failures = 0, retries = 0, problem = NULL,
		leased = 0 WHERE id = ?`

	sqlPutCertificate = `INSERT INTO certificates
		(application, authority, chain, sealed_key, serial, issuer, fingerprint, not_before, not_after, issued, renewals, delivered, retired)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
		ON CONFLICT DO UPDATE SET authority = excluded.authority, chain = excluded.chain, sealed_key = excluded.sealed_key,
			serial = excluded.serial, issuer = excluded.issuer, fingerprint = excluded.fingerprint, not_before = excluded.not_before,
			not_after = excluded.not_after, issued = excluded.issued, renewals = renewals + 1,
			delivered = excluded.delivered, retired = excluded.retired`

	sqlFail = `UPDATE applications SET status = ?, updated = ?, due = NULL, problem = ?, leased = 0 WHERE id = ?`

	sqlNothingDue = `UPDATE applications SET due = NULL, leased = 0 WHERE id = ?`

	sqlRetire = `UPDATE certificates SET retired = 1 WHERE application = ?`

	sqlExists = `SELECT id FROM applications WHERE id = ?`

	sqlExpedite = `UPDATE applications SET due = min(due, ?) WHERE id = ? AND due IS NOT NULL`

	sqlPendingOrderAuthorities = `SELECT authority FROM orders WHERE domain = ? ORDER BY created DESC, application DESC`

	sqlStates = `SELECT 'Applying', coalesce((SELECT max(id) FROM applications) - (SELECT min(id) FROM applications) + 1, 0)
			- (SELECT sum(n) FROM ended_counts)
		UNION ALL SELECT status, n FROM ended_counts`

	sqlNextExpiry = `SELECT not_after FROM certificates WHERE retired = 0 ORDER BY not_after LIMIT 1`

	sqlRate = `SELECT full FROM rates WHERE key = ?`

	sqlSetRate = `INSERT INTO rates (key, full) VALUES (?, ?) ON CONFLICT DO UPDATE SET full = excluded.full`

	sqlDeleteFullRates = `DELETE FROM rates WHERE key IN (SELECT key FROM rates WHERE full <= ? ORDER BY full LIMIT ?)`

	sqlAccount = `SELECT authority, sealed_key, url, created FROM authority_accounts WHERE authority = ?`

	sqlSaveAccount = `INSERT INTO authority_accounts (authority, sealed_key, url, created) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET url = excluded.url WHERE url = '' AND sealed_key = excluded.sealed_key`
)

// progressColumns are those of readProgress.
const progressColumns = `a.due, a.attempt, a.failures, a.retries, a.problem`

// certificateColumns are those of readCertificate. Lists omit chain and key,
// which are much larger than the rest.
const (
	certificateColumns = `c.authority, c.serial, c.issuer, c.fingerprint, c.not_before, c.not_after, c.issued, c.renewals, c.delivered, c.retired`
	chainAndKey        = `c.chain, c.sealed_key`
	applicationColumns = `a.id, a.account, a.site, a.domain, a.type, a.alg_type, a.plan, a.family, a.records, a.status, a.request_id, a.created, a.updated, a.name, a.names, a.region`
)

const sqlJob = `SELECT ` + applicationColumns + `, ` + progressColumns + `,
	o.authority, o.url, o.sealed_key, o.created, ` + certificateColumns + `, ` + chainAndKey + `
	FROM applications a LEFT JOIN orders o ON o.application = a.id LEFT JOIN certificates c ON c.application = a.id
	WHERE a.id = ?`

const sqlCertificate = `SELECT ` + certificateColumns + `, ` + chainAndKey + ` FROM certificates c WHERE c.application = ?`

// selectRecords returns the statement of a query for records.
func selectRecords(q store.Query) (stmt string, args []any) {
	where, args := conditions(q, "a.")
	return `SELECT ` + applicationColumns + `, ` + progressColumns + `, ` + certificateColumns + `
		FROM applications a LEFT JOIN certificates c ON c.application = a.id ` + where, args
}

// sealedTable is one of the tables that have sealed keys.
type sealedTable struct {
	owner     string // what an owner begins with
	next, put string // statements: select keys after one; replace a key if unchanged

	// Statements of SealedSamples: the first key of the first mark after one,
	// and the last key of a mark.
	nextMark, lastOfMark string
}

// accountOwner is the prefix of the owners that are not numbers.
const accountOwner = "account/"

// sealedTables returns the tables that have sealed keys.
func sealedTables() []sealedTable {
	table := func(owner, table, key string) sealedTable {
		fill := strings.NewReplacer("TABLE", table, "KEY", key)
		return sealedTable{
			owner: owner,
			next:  fill.Replace(`SELECT KEY, sealed_key FROM TABLE WHERE KEY > ? ORDER BY KEY LIMIT ?`),
			put:   fill.Replace(`UPDATE TABLE SET sealed_key = ? WHERE KEY = ? AND sealed_key = ?`),
			nextMark: fill.Replace(`SELECT KEY, sealed_key FROM TABLE
				WHERE substr(sealed_key, 1, 5) > ? ORDER BY substr(sealed_key, 1, 5), KEY LIMIT 1`),
			lastOfMark: fill.Replace(`SELECT KEY, sealed_key FROM TABLE
				WHERE substr(sealed_key, 1, 5) = ? ORDER BY KEY DESC LIMIT 1`),
		}
	}
	return []sealedTable{
		table("order/", "orders", "application"),
		table("certificate/", "certificates", "application"),
		table(accountOwner, "authority_accounts", "authority"),
	}
}
