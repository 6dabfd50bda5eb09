package sqlite

import (
	"testing"

	"github.com/esacert/esacert/server/store"
)

// The repeated queries of the job loop must not become slower with the number of
// stored applications and certificates.
func TestJobPlans(t *testing.T) {
	t.Parallel()
	s := memory(t)
	list := func(q store.Query) string {
		stmt, _ := selectRecords(q)
		return stmt
	}
	const byID = "SEARCH applications USING INTEGER PRIMARY KEY (rowid=?)"
	const withCertificate = "; SEARCH c USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN"
	cases := []planCase{
		{"due", sqlDue, "SEARCH applications USING COVERING INDEX applications_due (due<?)"},
		{"far ahead", sqlFarAhead, "SEARCH applications USING COVERING INDEX applications_due (due>?)"},
		{"next due", sqlNextDue, "SEARCH applications USING COVERING INDEX applications_due (due>?)"},
		{"lease", sqlLease, byID},
		{"job", sqlJob, "SEARCH a USING INTEGER PRIMARY KEY (rowid=?); SEARCH o USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN" + withCertificate},
		{"leased", sqlLeased, byID},
		{"reschedule", sqlReschedule, byID},
		{"issued", sqlIssued, byID},
		{"fail", sqlFail, byID},
		{"expedite", sqlExpedite, byID},
		{"pending order authorities", sqlPendingOrderAuthorities, "SEARCH orders USING INDEX orders_domain (domain=?)"},
		{"next expiry", sqlNextExpiry, "SCAN certificates USING COVERING INDEX certificates_expiry"},
		{"states", sqlStates, "COMPOUND QUERY; LEFT-MOST SUBQUERY; SCAN CONSTANT ROW; SCALAR SUBQUERY 1; SEARCH applications; " +
			"SCALAR SUBQUERY 2; SEARCH applications; SCALAR SUBQUERY 3; SCAN ended_counts; UNION ALL; SCAN ended_counts"},
		{"rate", sqlRate, "SEARCH rates USING PRIMARY KEY (key=?)"},
		{"delete full rates", sqlDeleteFullRates,
			"SEARCH rates USING PRIMARY KEY (key=?); LIST SUBQUERY 1; SEARCH rates USING COVERING INDEX rates_full (full<?)"},
		{"certificate", sqlCertificate, "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)"},
		{"list", list(store.Query{}), "SEARCH a USING INTEGER PRIMARY KEY (rowid>?)" + withCertificate},
		{"list of an account", list(store.Query{Account: "a"}), "SEARCH a USING INTEGER PRIMARY KEY (rowid>?)" + withCertificate},
		{"list of a site", list(store.Query{Account: "a", SiteID: 1, Domain: "d", Status: store.Issued}),
			"SEARCH a USING INDEX applications_issued (account=? AND site=? AND domain=? AND rowid>?)" + withCertificate},
	}
	for _, table := range sealedTables() {
		key := "INTEGER PRIMARY KEY (rowid>?)"
		if table.owner == accountOwner {
			key = "PRIMARY KEY (authority>?)"
		}
		name := map[string]string{"order/": "orders", "certificate/": "certificates", accountOwner: "authority_accounts"}[table.owner]
		cases = append(cases, planCase{"sealed keys of " + name, table.next, "SEARCH " + name + " USING " + key})
		if table.owner == accountOwner {
			continue // they are few
		}
		cases = append(cases,
			planCase{"next mark of " + name, table.nextMark, "SEARCH " + name + " USING INDEX " + name + "_mark (<expr>>?)"},
			planCase{"last of a mark of " + name, table.lastOfMark, "SEARCH " + name + " USING INDEX " + name + "_mark (<expr>=?)"})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, s)
		})
	}
}
