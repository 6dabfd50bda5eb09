package sqlite

import (
	"strings"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// The statements of store.Certificates.
const (
	// Reads until the rollback see one state of the database.
	sqlSnapshot = `BEGIN`

	recordWithChain = `SELECT ` + applicationColumns + `, ` + progressColumns + `, ` + certificateColumns + `, c.chain
		FROM applications a LEFT JOIN certificates c ON c.application = a.id`

	sqlFindCertificate = recordWithChain + ` WHERE a.id = ? AND a.account = ? AND a.site = ? AND a.status <> 'Deleted'`

	sqlSiteUsage = `SELECT site, used FROM site_usage WHERE account = ? AND plan = ? AND family = ? AND used > 0`

	sqlDropCertificate = `DELETE FROM certificates WHERE application = ?`

	sqlNameInUse = `SELECT id FROM applications
		WHERE account = ? AND site = ? AND name = ? AND name <> '' AND status = 'Issued'`

	sqlInsertUpload = `INSERT INTO applications
		(id, account, site, domain, name, names, region, type, alg_type, plan, family, records, status, request_id, created, updated, due)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'upload', '', ?, 'upload', 0, 'Issued', ?, ?, ?, ?)`

	// A current lease is fenced off: it is about the previous certificate.
	sqlReplaceUpload = `UPDATE applications SET domain = ?, name = ?, names = ?, region = ?, updated = ?, due = ?,
		status = 'Issued', failures = 0, retries = 0, problem = NULL, leased = 0 WHERE id = ?`
)

// selectCertificates returns the statements of a list: the page, whose last two
// arguments are limit and offset, and the total. The total needs the certificates only
// for a condition on them.
func selectCertificates(q store.CertificateQuery) (page, total string, args []any) {
	where, args := certificateConditions(q)
	total = `SELECT count(*) FROM applications a`
	if !q.ValidAt.IsZero() {
		total += ` JOIN certificates c ON c.application = a.id`
	}
	return recordWithChain + where + ` ORDER BY a.id DESC LIMIT ? OFFSET ?`, total + where, args
}

// certificateConditions returns the WHERE clause of a list. Like conditions, it
// contains only the conditions that exist, so it is one of 16. The + keeps SQLite in
// the order of IDs: the indexes of Issued applications need a sort.
func certificateConditions(q store.CertificateQuery) (text string, args []any) {
	var b strings.Builder
	b.WriteString(` WHERE a.account = ? AND a.site = ? AND a.status <> 'Deleted'`)
	args = []any{q.Account, q.SiteID}
	if q.Uploaded != nil {
		b.WriteString(` AND (a.type = 'upload') = ?`)
		args = append(args, flag(*q.Uploaded))
	}
	if !q.ValidAt.IsZero() {
		b.WriteString(` AND +a.status = 'Issued' AND c.not_before <= ? AND c.not_after > ?`)
		args = append(args, unixMicro(q.ValidAt), unixMicro(q.ValidAt))
	}
	if q.Covering != "" {
		b.WriteString(` AND (+a.domain = ? OR +a.domain = ? OR instr(',' || a.names || ',', ?) OR instr(',' || a.names || ',', ?))`)
		wildcard := storerules.CoveringWildcard(q.Covering)
		args = append(args, q.Covering, wildcard, ","+q.Covering+",", ","+wildcard+",")
	}
	if q.Keyword != "" {
		b.WriteString(` AND (instr(lower(a.domain), lower(?)) OR instr(lower(a.name), lower(?)) OR instr(lower(a.names), lower(?))
			OR lower(a.domain) = lower(?) OR instr(lower(',' || a.names || ','), lower(?)))`)
		wildcard := storerules.CoveringWildcard(q.Keyword)
		args = append(args, q.Keyword, q.Keyword, q.Keyword, wildcard, ","+wildcard+",")
	}
	return b.String(), args
}
