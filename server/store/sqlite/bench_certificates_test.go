package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

// BenchmarkCertificates lists the certificates of a site that has 100, beside
// certificates of 1,000 other sites of the account: the first page without conditions,
// with a keyword, and of those in force. It also counts the usage of all sites. No time
// may grow with the number of the other certificates; a million takes a minute to
// make and a GB of disk.
func BenchmarkCertificates(b *testing.B) {
	for _, others := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			s := manyCertificates(b, others)
			first := store.CertificateQuery{Account: "a", SiteID: benchSite, Limit: 20}
			for name, change := range map[string]func(q *store.CertificateQuery){
				"list":         func(*store.CertificateQuery) {},
				"list=100":     func(q *store.CertificateQuery) { q.Limit = 100 },
				"keyword":      func(q *store.CertificateQuery) { q.Keyword = "HOST-5" },
				"keyword=none": func(q *store.CertificateQuery) { q.Keyword = "missing" },
				"valid":        func(q *store.CertificateQuery) { q.ValidAt = time.Unix(1000, 0) },
			} {
				q := first
				change(&q)
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						page, total, err := s.ListCertificates(b.Context(), q)
						if err != nil || q.Keyword != "missing" && (total < 10 || len(page) != int(min(total, int64(q.Limit)))) {
							b.Fatalf("%d records, total %d, %v", len(page), total, err)
						}
					}
				})
			}
			b.Run("usage", func(b *testing.B) {
				for b.Loop() {
					if usage, err := s.SiteUsage(b.Context(), "a", "p", "f"); err != nil || len(usage) < 900 || usage[benchSite] != 100 {
						b.Fatalf("usage of %d sites, %v", len(usage), err)
					}
				}
			})
		})
	}
}

const benchSite = 5_000_000

// manyCertificates returns a store with 100 certificates of one site, at equal
// distances among those of 1,000 others, whose chains are short to save time.
func manyCertificates(b *testing.B, others int) *database {
	b.Helper()
	path := filepath.Join(b.TempDir(), "esacert.db")
	if err := openDatabase(b, path).Close(); err != nil {
		b.Fatal(err)
	}
	c, err := connect(b.Context(), dsnOf(path))
	if err != nil {
		b.Fatal(err)
	}
	rows := others + 100
	fill := fmt.Sprintf(`PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN;
		CREATE TEMP TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			SELECT i, i %% %d = 0 AS mine FROM n;
		INSERT INTO applications (id, account, site, domain, type, plan, family, records, status, request_id, created, updated)
			SELECT %d + i, 'a', CASE WHEN mine THEN %d ELSE i %% 1000 END, printf('host-%%d.example.com', i / CASE WHEN mine THEN %d ELSE 1 END),
				'lets_encrypt', 'p', 'f', 1, 'Issued', '0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9', i, i FROM numbers;
		INSERT INTO certificates SELECT %d + i, 'ca', randomblob(CASE WHEN mine THEN 3000 ELSE 50 END), randomblob(170), 'serial', 'issuer', printf('%%064x', i),
				0, 90 * 86400 * 1000000, 0, 0, 1, 0 FROM numbers;
		INSERT INTO site_usage SELECT account, plan, family, site, count(*) FROM applications GROUP BY 1, 2, 3, 4;
		INSERT INTO records_used SELECT account, site, count(*) FROM applications GROUP BY 1, 2;
		INSERT INTO quota_used VALUES ('a', 'p', 'f', %d);
		UPDATE ended_counts SET n = %d WHERE status = 'Issued';
		COMMIT`, rows-1, rows/100, store.FirstID, benchSite, rows/100, store.FirstID, rows, rows)
	if err := errors.Join(c.script(b.Context(), fill), c.close()); err != nil {
		b.Fatal(err)
	}
	s := openDatabase(b, path)
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}
