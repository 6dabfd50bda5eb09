package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

// version5Rows are rows as version 5 has left them: status, problem, whether an
// operator canceled it, and the site.
func version5Rows() []version5Row {
	const canceled = `'{"type":"urn:esacert:error:canceled","detail":"canceled by the operator","at":"2026-11-23T12:00:00Z"}'`
	const refused = `'{"type":"urn:ietf:params:acme:error:unauthorized","detail":"urn:esacert:error:canceled","at":"2026-11-23T12:00:00Z"}'`
	return []version5Row{
		{store.Applying, `NULL`, store.Applying, 7},
		{store.Failed, canceled, store.Canceled, 7},
		{store.Failed, refused, store.Failed, 7},
		{store.Issued, `NULL`, store.Issued, 7},
		{store.Issued, canceled, store.Issued, 8}, // not one that version 5 can leave; it is not touched
		{store.Failed, `NULL`, store.Failed, 8},   // by Finish
		{store.Failed, canceled, store.Canceled, 8},
		{store.Failed, `'not JSON'`, store.Failed, 8}, // damage does not stop the migration
		{store.Failed, `'null'`, store.Failed, 8},
		{store.Applying, refused, store.Applying, 9},
		{store.Issued, `NULL`, store.Issued, 7},
	}
}

type version5Row struct {
	status  store.Status
	problem string // in SQL
	want    store.Status
	site    int64
}

func version5File(t *testing.T, rows []version5Row) (path string) {
	t.Helper()
	path = newFile(t)
	if err := migrated(t, path, migrations()[:5]); err != nil {
		t.Fatal(err)
	}
	c, err := connect(t.Context(), dsnOf(path))
	if err != nil {
		t.Fatal(err)
	}
	script := `BEGIN; `
	for i, row := range rows {
		due := `NULL`
		if row.status == store.Applying {
			due = `5000`
		}
		script += fmt.Sprintf(`INSERT INTO applications (id, account, site, domain, type, plan, family, records, status, request_id, created, updated, due, problem)
			VALUES (%d, 'a', %d, '%d.example.com', 'lets_encrypt', 'p', 'f', 1, '%s', 'R', 1000, 2000, %s, %s);`,
			store.FirstID+int64(i), row.site, i, row.status, due, row.problem)
		if row.status == store.Issued {
			script += fmt.Sprintf(`INSERT INTO certificates VALUES (%d, 'ca', CAST('chain' AS BLOB), CAST('key' AS BLOB), '1', 'i', 'f', 0, 9000000, 0, 0, 1, 0);`, store.FirstID+int64(i))
		}
	}
	script += `INSERT INTO quota_used SELECT account, plan, family, count(*) FROM applications WHERE status <> 'Failed' GROUP BY 1, 2, 3;
		INSERT INTO records_used SELECT account, site, count(*) FROM applications WHERE status <> 'Failed' GROUP BY 1, 2;
		UPDATE ended_counts SET n = (SELECT count(*) FROM applications a WHERE a.status = ended_counts.status); COMMIT`
	if err := errors.Join(c.script(t.Context(), script), c.script(t.Context(), sqlCheckpoint), c.close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMigrateFromVersion5(t *testing.T) {
	t.Parallel()
	rows := version5Rows()
	path := version5File(t, rows)
	if _, err := OpenReader(t.Context(), path); !errors.Is(err, ErrOld) {
		t.Errorf("OpenReader before the migration: %v, want ErrOld", err)
	}
	for range 2 { // the second time there is nothing to migrate
		s := openDatabase(t, path)
		found, err := s.Applications(t.Context(), store.Query{})
		if err != nil || len(found) != len(rows) {
			t.Fatalf("%d applications, %v; want %d", len(found), err, len(rows))
		}
		for i, a := range found {
			want := store.Application{
				ID: store.FirstID + int64(i), Account: "a", SiteID: rows[i].site, Domain: fmt.Sprintf("%d.example.com", i), Type: "lets_encrypt",
				Plan: "p", Family: "f", DNSRecords: 1, Status: rows[i].want, RequestID: "R",
				CreatedAt: time.UnixMicro(1000).UTC(), UpdatedAt: time.UnixMicro(2000).UTC(),
			}
			if diff := cmp.Diff(want, a); diff != "" {
				t.Errorf("application %d:\n%s", i, diff)
			}
		}
		wantCounts(t, s, map[store.Status]int64{store.Applying: 2, store.Issued: 3, store.Failed: 4, store.Canceled: 2})
		wantSiteUsage(t, s, map[int64]int64{7: 3, 8: 1, 9: 1})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func wantSiteUsage(t *testing.T, s store.JobStore, want map[int64]int64) {
	t.Helper()
	usage, err := s.SiteUsage(t.Context(), "a", "p", "f")
	if err != nil || !maps.Equal(usage, want) {
		t.Errorf("SiteUsage: %v, %v; want %v", usage, err, want)
	}
}

// What version 5 has left can be listed, found and deleted.
func TestDeleteRowsOfVersion5(t *testing.T) {
	t.Parallel()
	rows := slices.DeleteFunc(version5Rows(), func(r version5Row) bool { return r.problem == `'not JSON'` })
	s := openDatabase(t, version5File(t, rows))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	q := store.CertificateQuery{Account: "a", SiteID: 7, Limit: 10}
	page, total, err := s.ListCertificates(t.Context(), q)
	if err != nil || total != 5 || len(page) != 5 || page[0].Certificate == nil || string(page[0].Certificate.Chain) != "chain" {
		t.Fatalf("ListCertificates: %+v, %d, %v", page, total, err)
	}
	for i, row := range rows {
		id := store.FirstID + int64(i)
		if r, err := s.FindCertificate(t.Context(), "a", row.site, id); err != nil || r.Status != row.want {
			t.Errorf("FindCertificate(%d): %s, %v; want %s", id, r.Status, err, row.want)
		}
		if err := s.DeleteCertificate(t.Context(), store.DeleteRequest{Account: "a", SiteID: row.site, ID: id, At: time.UnixMicro(3000)}); err != nil {
			t.Errorf("DeleteCertificate(%d): %v", id, err)
		}
	}
	wantCounts(t, s, map[store.Status]int64{store.Deleted: int64(len(rows))})
	wantSiteUsage(t, s, nil)
	if u, err := s.Usage(t.Context(), "a", "p", "f", 7); err != nil || u != (store.QuotaUsage{}) {
		t.Errorf("usage: %+v, %v", u, err)
	}
}

// A database that was migrated has the schema of a new one.
func TestMigratedSchema(t *testing.T) {
	t.Parallel()
	schema := func(s *database) (found []string) {
		t.Helper()
		err := s.withReader(t.Context(), func(c *conn) error {
			return c.query(t.Context(), `SELECT name, sql FROM sqlite_schema ORDER BY name`, nil, func(row []driver.Value) error {
				found = append(found, fmt.Sprint(row[0], row[1]))
				return nil
			})
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		return found
	}
	want := schema(openDatabase(t, Memory))
	if diff := cmp.Diff(want, schema(openDatabase(t, version5File(t, version5Rows())))); diff != "" {
		t.Errorf("the schema differs (-new +migrated):\n%s", diff)
	}
}
