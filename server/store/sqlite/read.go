package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/esacert/esacert/server/store"
)

// Applications implements store.Store.
func (s *database) Applications(ctx context.Context, q store.Query) ([]store.Application, error) {
	var found []store.Application
	stmt, args := selectApplications(q)
	err := s.withReader(ctx, func(c *conn) error {
		return c.query(ctx, stmt, args, func(row []driver.Value) error {
			a, err := application(row)
			found = append(found, a)
			return err
		})
	})
	if err != nil {
		return nil, wrapError("list applications", err)
	}
	return found, nil
}

func application(row []driver.Value) (store.Application, error) {
	r := rowScanner{row: row}
	a := readApplication(&r)
	return a, r.err
}

func readApplication(r *rowScanner) store.Application {
	return store.Application{
		ID:         r.integer(),
		Account:    r.text(),
		SiteID:     r.integer(),
		Domain:     r.text(),
		Type:       r.text(),
		AlgType:    r.text(),
		Plan:       r.text(),
		Family:     r.text(),
		DNSRecords: int(r.integer()),
		Status:     store.Status(r.text()),
		RequestID:  r.text(),
		CreatedAt:  r.instant(),
		UpdatedAt:  r.instant(),
		Name:       r.text(),
		Names:      r.text(),
		Region:     r.text(),
	}
}

// Usage implements store.Store.
func (s *database) Usage(ctx context.Context, account, plan, family string, site int64) (store.QuotaUsage, error) {
	var usage store.QuotaUsage
	err := s.withReader(ctx, func(c *conn) error {
		return c.query(ctx, sqlUsage, []any{account, plan, family, site}, func(row []driver.Value) error {
			r := rowScanner{row: row}
			usage = store.QuotaUsage{Quota: int(r.integer()), DNSRecords: int(r.integer())}
			return r.err
		})
	})
	if err != nil {
		return store.QuotaUsage{}, wrapError("read usage", err)
	}
	return usage, nil
}
