package servertest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// exampleTB replaces a test's t.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (e *exampleTB) Helper()                  {}
func (e *exampleTB) Name() string             { return "Example" }
func (e *exampleTB) Context() context.Context { return context.Background() }
func (e *exampleTB) Cleanup(f func())         { e.cleanups = append(e.cleanups, f) }
func (e *exampleTB) end() {
	for _, f := range e.cleanups {
		f()
	}
}

func ExampleNew() {
	t := &exampleTB{} // in a test: the *testing.T
	defer t.end()
	srv := servertest.New(t)
	out, err := srv.Client().ApplyCertificate(context.Background(), client.ApplyCertificateInput{
		SiteID: servertest.SiteID, Domains: []string{"www.example.com", "blog.example.com"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.SiteName, out.TotalCount, out.Applications[0].Status, out.Applications[0].ID)
	// Output: example.com 2 Applying 30000478
}

func ExampleServer_RespondWith() {
	t := &exampleTB{}
	defer t.end()
	srv := servertest.New(t)
	srv.RespondWith(esaerrors.QuotaExceeded, 1)
	_, err := srv.Client().ApplyCertificate(context.Background(), client.ApplyCertificateInput{
		SiteID: servertest.SiteID, Domains: []string{"www.example.com"},
	})
	fmt.Println(errors.Is(err, esaerrors.QuotaExceeded), srv.LastEntry().Rule)
	// Output: true QuotaExceeded
}

func ExampleServer_InjectFault() {
	t := &exampleTB{}
	defer t.end()
	srv := servertest.New(t)
	srv.InjectFault(servertest.ConnectionReset, 1)
	retrying := srv.Client(client.WithRetry(client.RetryPolicy{MaxAttempts: 2}), client.WithJitter(func() float64 { return 0 }))
	_, err := retrying.ApplyCertificate(context.Background(), client.ApplyCertificateInput{
		SiteID: servertest.SiteID, Domains: []string{"www.example.com"},
	})
	fmt.Println(err, len(srv.Journal()))
	// Output: <nil> 2
}

func ExampleScenarioSite() {
	t := &exampleTB{}
	defer t.end()
	srv := servertest.New(t)
	_, err := srv.Client().ApplyCertificate(context.Background(), client.ApplyCertificateInput{
		SiteID: servertest.ScenarioSite(esaerrors.SiteNotActivated), Domains: []string{"www.example.com"},
	})
	fmt.Println(errors.Is(err, esaerrors.SiteNotActivated))
	// Output: true
}

func ExampleClock() {
	t := &exampleTB{}
	defer t.end()
	srv := servertest.New(t, servertest.WithTime(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
	srv.Clock.Advance(24 * time.Hour)
	fmt.Println(srv.Clock.Now().Format(time.DateOnly))
	// Output: 2026-11-24
}

func ExampleServer_AddCertificate() {
	t := &exampleTB{}
	defer t.end()
	ctx := context.Background()
	srv := servertest.New(t)
	srv.AddCertificate(ctx, client.StatusExpiring, "www.example.com") // advances the clock by 75 days
	srv.AddCertificate(ctx, client.StatusApplyFailed, "api.example.com")
	srv.UploadCertificate(ctx, client.StatusOK, "shop.example.com")
	for c, err := range srv.Client().ListCertificatesAll(ctx, client.ListCertificatesInput{SiteID: servertest.SiteID}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.CommonName, c.Type, c.Status)
	}
	// Output:
	// shop.example.com upload OK
	// api.example.com free ApplyFailed
	// www.example.com free Expiring
}
