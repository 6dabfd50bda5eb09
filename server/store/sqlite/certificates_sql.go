package sqlite

import (
	"strings"

	"github.com/esacert/esacert/server/store"
)

// The statements of store.Certificates.
const (
	// Reads until the rollback see one state of the database.
	sqlSnapshot = `BEGIN`

	recordWithChain = `SELECT ` + applicationColumns + `, ` + progressColumns + `, ` + certificateColumns + `, c.chain
		FROM applications a LEFT JOIN certificates c ON c.application = a.id`

	sqlFindCertificate = recordWithChain + ` WHERE a.id = ? AND a.account = ? AND a.site = ? AND a.status <> 'Deleted'`

	sqlListCertificates = recordWithChain

	sqlCountCertificates = `SELECT count(*) FROM applications a LEFT JOIN certificates c ON c.application = a.id`

	sqlSiteUsage = `SELECT site, count(*) FROM applications
		WHERE account = ? AND plan = ? AND family = ? AND status IN ('Applying', 'Issued') AND status <> 'Deleted' GROUP BY site`

	sqlDropCertificate = `DELETE FROM certificates WHERE application = ?`

	sqlIsUpload = `SELECT type = 'upload' FROM applications WHERE id = ? AND account = ? AND site = ? AND status <> 'Deleted'`

	sqlNameInUse = `SELECT id FROM applications
		WHERE account = ? AND site = ? AND name = ? AND name <> '' AND status = 'Issued'`

	sqlInsertUpload = `INSERT INTO applications
		(id, account, site, domain, name, names, type, alg_type, plan, family, records, status, request_id, created, updated, due)
		VALUES (?, ?, ?, ?, ?, ?, 'upload', '', ?, 'upload', 0, 'Issued', ?, ?, ?, ?)`

	// A current lease is fenced off: it is about the previous certificate.
	sqlReplaceUpload = `UPDATE applications SET domain = ?, name = ?, names = ?, updated = ?, due = ?, leased = 0 WHERE id = ?`
)

// certificateConditions returns the WHERE clause of a list. Like conditions, it
// contains only the conditions that exist. SQLite counts without the join when no
// condition needs it.
func certificateConditions(q store.CertificateQuery) (text string, args []any) {
	var b strings.Builder
	b.WriteString(` WHERE a.account = ? AND a.site = ? AND a.status <> 'Deleted'`)
	args = []any{q.Account, q.SiteID}
	if q.Uploaded != nil {
		b.WriteString(` AND (a.type = 'upload') = ?`)
		args = append(args, flag(*q.Uploaded))
	}
	if !q.ValidAt.IsZero() {
		b.WriteString(` AND a.status = 'Issued' AND c.not_before <= ? AND c.not_after > ?`)
		args = append(args, unixMicro(q.ValidAt), unixMicro(q.ValidAt))
	}
	if q.Covering != "" {
		b.WriteString(` AND (a.domain = ? OR a.domain = ? OR instr(',' || a.names || ',', ?) OR instr(',' || a.names || ',', ?))`)
		wildcard := wildcardOver(q.Covering)
		args = append(args, q.Covering, wildcard, ","+q.Covering+",", ","+wildcard+",")
	}
	if q.Keyword != "" {
		b.WriteString(` AND (instr(lower(a.domain), lower(?)) OR instr(lower(a.name), lower(?)) OR instr(lower(a.names), lower(?))
			OR lower(a.domain) = lower(?) OR instr(lower(',' || a.names || ','), lower(?)))`)
		wildcard := wildcardOver(q.Keyword)
		args = append(args, q.Keyword, q.Keyword, q.Keyword, wildcard, ","+wildcard+",")
	}
	return b.String(), args
}

// wildcardOver returns the wildcard that covers a name; the name itself if none does.
func wildcardOver(name string) string {
	if _, parent, ok := strings.Cut(name, "."); ok && strings.Contains(parent, ".") {
		return "*." + parent
	}
	return name
}
