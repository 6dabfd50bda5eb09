package sqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/store"
)

// The reads of Apply must not become slower with the number of stored applications:
// each uses an index.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := memory(t)
	list := func(q store.Query) string {
		stmt, _ := selectApplications(q)
		return stmt
	}
	for _, c := range []planCase{
		{"pending", sqlPending, "SEARCH applications USING COVERING INDEX applications_pending (account=? AND site=? AND domain=?)"},
		{"quota", sqlQuota, "SEARCH quota_used USING PRIMARY KEY (account=? AND plan=? AND family=?)"},
		{"records", sqlRecords, "SEARCH records_used USING PRIMARY KEY (account=? AND site=?)"},
		{"finish", sqlFinish, "SEARCH applications USING INTEGER PRIMARY KEY (rowid=?)"},
		{"last id", sqlLastID, "SEARCH applications"},
		{"list", list(store.Query{}), "SEARCH applications USING INTEGER PRIMARY KEY (rowid>?)"},
		{"list of an account", list(store.Query{Account: "a"}), "SEARCH applications USING INTEGER PRIMARY KEY (rowid>?)"},
		{"list of a state", list(store.Query{Status: store.Applying}), "SEARCH applications USING INTEGER PRIMARY KEY (rowid>?)"},
		{"list of a site", list(store.Query{Account: "a", SiteID: 1, Domain: "d", Status: store.Failed}),
			"SEARCH applications USING INDEX applications_shown (account=? AND site=? AND rowid>?)"},
		{"issued ones of a name", list(store.Query{Account: "a", SiteID: 1, Domain: "d", Status: store.Issued}),
			"SEARCH applications USING INDEX applications_issued (account=? AND site=? AND domain=? AND rowid>?)"},
		{"nonces", sqlNonces, "SEARCH nonces USING INTEGER PRIMARY KEY (rowid>?)"},
		{"delete expired nonces", sqlDeleteExpiredNonces,
			"SEARCH nonces USING INTEGER PRIMARY KEY (rowid=?); LIST SUBQUERY 1; SEARCH nonces USING COVERING INDEX nonces_expires (expires<?)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, s)
		})
	}
}

// planCase is a statement and its query plan.
type planCase struct {
	name string
	stmt string
	want string
}

func (c planCase) check(t *testing.T, s *database) {
	t.Helper()
	var plan []string
	err := s.withReader(t.Context(), func(conn *conn) error {
		args := make([]any, strings.Count(c.stmt, "?"))
		return conn.query(t.Context(), "EXPLAIN QUERY PLAN "+c.stmt, args, func(row []driver.Value) error {
			plan = append(plan, fmt.Sprint(row[3]))
			return nil
		})
	})
	if got := strings.Join(plan, "; "); err != nil || got != c.want {
		t.Errorf("plan: %s, %v\nwant: %s", got, err, c.want)
	}
}
