package sqlite_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	engine "modernc.org/sqlite"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

const (
	account       = "1000000000000001"
	site    int64 = 1234567890123
)

func baseTime() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func batch(domains ...string) store.ApplyRequest {
	return store.ApplyRequest{
		Account: account, SiteID: site, Domains: domains, Type: "lets_encrypt", RequestID: "R", At: baseTime(),
		Plan: "enterprise", Family: "lets_encrypt", Quota: store.Unlimited, DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
	}
}

// openAt opens a store, and closes it when the test ends.
func openAt(t testing.TB, config sqlite.Config) store.JobStore {
	t.Helper()
	s, err := sqlite.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openMemory(t testing.TB) store.Store { return openAt(t, sqlite.Config{Path: sqlite.Memory}) }

func openFile(t testing.TB) store.Store { return openAt(t, sqlite.Config{Path: newPath(t)}) }

func newPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "esacert.db")
}

func mustApply(t testing.TB, s store.Store, b store.ApplyRequest) []store.Application {
	t.Helper()
	made, err := s.Apply(t.Context(), b)
	if err != nil {
		t.Fatalf("Apply(%v): %v", b.Domains, err)
	}
	return made
}

// applications returns all applications of the store, page by page.
func applications(t testing.TB, s store.Store) (found []store.Application) {
	t.Helper()
	for q := (store.Query{Limit: store.MaxLimit}); ; q.After = found[len(found)-1].ID {
		page, err := s.Applications(t.Context(), q)
		if err != nil {
			t.Fatalf("Applications(%+v): %v", q, err)
		}
		found = append(found, page...)
		if len(page) < q.Limit {
			return found
		}
	}
}

func mustClose(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// other is another program that has the database open.
type other struct {
	t    testing.TB
	conn driver.Conn
}

func otherProgram(t testing.TB, path string) other {
	t.Helper()
	connector, err := engine.NewConnector(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := connector.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	o := other{t: t, conn: c}
	t.Cleanup(o.close)
	return o
}

func (o other) close() { _ = o.conn.Close() }

func (o other) exec(stmt string) {
	o.t.Helper()
	if _, err := o.conn.(driver.ExecerContext).ExecContext(context.Background(), stmt, nil); err != nil {
		o.t.Fatalf("%s: %v", stmt, err)
	}
}

// value returns the first column of the first row as a string.
func (o other) value(stmt string) string {
	o.t.Helper()
	rows, err := o.conn.(driver.QueryerContext).QueryContext(context.Background(), stmt, nil)
	if err != nil {
		o.t.Fatalf("%s: %v", stmt, err)
	}
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); err != nil {
		o.t.Fatalf("%s: %v", stmt, err)
	}
	return fmt.Sprint(row[0])
}

// assertIntegrity checks the invariants of a database: the counters match the rows,
// and the file is not damaged. No store may have it open.
func assertIntegrity(t testing.TB, path string) {
	t.Helper()
	o := otherProgram(t, path)
	defer o.close()
	if got := o.value(`PRAGMA integrity_check`); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
	const quota = `SELECT count(*) FROM
		(SELECT account, plan, family, count(*) AS n FROM applications WHERE status IN ('Applying', 'Issued') GROUP BY 1, 2, 3)
		FULL JOIN quota_used USING (account, plan, family) WHERE coalesce(n, 0) <> coalesce(used, 0)`
	if got := o.value(quota); got != "0" {
		t.Errorf("%s quota counters differ from the rows", got)
	}
	const records = `SELECT count(*) FROM
		(SELECT account, site, sum(records) AS n FROM applications WHERE status IN ('Applying', 'Issued') GROUP BY 1, 2)
		FULL JOIN records_used USING (account, site) WHERE coalesce(n, 0) <> coalesce(used, 0)`
	if got := o.value(records); got != "0" {
		t.Errorf("%s record counters differ from the rows", got)
	}
	const sites = `SELECT count(*) FROM
		(SELECT account, plan, family, site, count(*) AS n FROM applications WHERE status IN ('Applying', 'Issued') GROUP BY 1, 2, 3, 4)
		FULL JOIN site_usage USING (account, plan, family, site) WHERE coalesce(n, 0) <> coalesce(used, 0)`
	if got := o.value(sites); got != "0" {
		t.Errorf("%s counters of sites differ from the rows", got)
	}
	const gaps = `SELECT count(*) - coalesce(max(id) - min(id) + 1, 0) FROM applications`
	if got := o.value(gaps); got != "0" {
		t.Errorf("the IDs have gaps: %s", got)
	}
	for what, rows := range violations() {
		if got := o.value(`SELECT count(*) FROM ` + rows); got != "0" {
			t.Errorf("%s %s", got, what)
		}
	}
}

// violations are queries for rows that a store must never leave, by description.
func violations() map[string]string {
	return map[string]string{
		"states are not counted as the rows": `(SELECT status, count(*) AS rows FROM applications WHERE status <> 'Applying' GROUP BY 1)
			FULL JOIN ended_counts USING (status) WHERE coalesce(rows, 0) <> coalesce(n, 0)`,
		"applications wait and are never due": `applications WHERE status = 'Applying' AND due IS NULL`,
		"applications have ended and are due": `applications WHERE status NOT IN ('Applying', 'Issued') AND due IS NOT NULL`,
		"leases are not the latest":           `applications WHERE leased NOT IN (0, attempt)`,
		"leases have no end":                  `applications WHERE leased <> 0 AND due IS NULL`,
		"orders have no application that is carried out": `orders LEFT JOIN applications ON id = application
			WHERE due IS NULL OR orders.domain <> applications.domain`,
		"certificates have no application": `certificates LEFT JOIN applications ON id = application WHERE id IS NULL`,
		"certificates of failed applications are in use": `certificates JOIN applications ON id = application
			WHERE status NOT IN ('Applying', 'Issued') AND retired = 0`,
		"certificates belong to deleted applications": `certificates JOIN applications ON id = application WHERE status = 'Deleted'`,
		"uploaded certificates are not there": `applications LEFT JOIN certificates ON id = application
			WHERE type = 'upload' AND status = 'Issued' AND application IS NULL`,
		"applications with a certificate are Applying": `certificates JOIN applications ON id = application WHERE status = 'Applying'`,
	}
}
