package issuance_test

import (
	"context"
	"fmt"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/localca"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

func ExampleLoop() {
	ctx := context.Background()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) // fixed clock
	clock := func() time.Time { return now }

	db, err := sqlite.Open(ctx, sqlite.Config{Path: sqlite.Memory})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	ca, err := localca.Open(localca.Options{Now: clock})
	if err != nil {
		fmt.Println(err)
		return
	}
	ring, err := seal.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	loop, err := issuance.New(issuance.Options{
		Jobs: db, Sites: &sites{}, Keys: ring, Now: clock,
		Authorities: map[string]issuance.Authority{"local": ca},
		Routes:      map[string]string{"lets_encrypt": "local"},
		Limits:      map[string]issuance.Limits{"local": issuance.LetsEncryptLimits()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	made, err := db.Apply(ctx, store.ApplyRequest{
		Account: account, SiteID: siteID, Domains: []string{"www.example.com"}, Type: "lets_encrypt", At: now,
		Quota: store.Unlimited, DNSRecordLimit: store.Unlimited,
	})
	fmt.Println(made[0].Status, err)

	steps, err := loop.RunDue(ctx)
	fmt.Println(steps, err)
	c, err := db.Certificate(ctx, made[0].ID)
	fmt.Println(c.NotAfter, err)

	now = now.Add(61 * 24 * time.Hour) // less than a third of its life is left
	steps, err = loop.RunDue(ctx)
	fmt.Println(steps, err)
	c, err = db.Certificate(ctx, made[0].ID)
	fmt.Println(c.NotAfter, c.Renewals, err)
	// Output:
	// Applying <nil>
	// 1 <nil>
	// 2027-02-22 12:00:00 +0000 UTC <nil>
	// 1 <nil>
	// 2027-04-24 12:00:00 +0000 UTC 1 <nil>
}
