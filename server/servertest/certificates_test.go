package servertest_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/servertest"
)

// added is a certificate that a test has added.
type added struct {
	id, status, kind, domain string
}

// wantShown checks that both operations show a certificate as it was added.
func wantShown(t *testing.T, srv *servertest.Server, want added) {
	t.Helper()
	c := srv.Client()
	got, err := c.GetCertificate(t.Context(), client.GetCertificateInput{SiteID: servertest.SiteID, ID: want.id})
	if err != nil {
		t.Fatalf("GetCertificate: %v", err)
	}
	list, err := c.ListCertificates(t.Context(), client.ListCertificatesInput{SiteID: servertest.SiteID, Keyword: want.domain, Type: want.kind})
	if err != nil || list.TotalCount != 1 || list.Result[0].ID != want.id {
		t.Fatalf("ListCertificates: %+v, %v", list, err)
	}
	var code int64
	var message string
	switch want.status {
	case client.StatusApplyFailed:
		code, message = 1, "rejected by servertest"
	case client.StatusCanceled:
		code, message = 2, "canceled"
	}
	issued := want.status == client.StatusOK || want.status == client.StatusExpiring || want.status == client.StatusExpired
	if got.Status != want.status || (got.Certificate != nil) != issued {
		t.Errorf("GetCertificate: status %s, certificate %v, want %+v", got.Status, got.Certificate != nil, want)
	}
	type shown struct {
		status, kind, name string
		code               *int64
		message, notAfter  *string
	}
	g, l := got.Result, list.Result[0]
	for operation, r := range map[string]shown{
		"GetCertificate":   {g.Status, g.Type, g.CommonName, g.ApplyCode, g.ApplyMessage, g.NotAfter},
		"ListCertificates": {l.Status, l.Type, l.CommonName, l.ApplyCode, l.ApplyMessage, l.NotAfter},
	} {
		if r.status != want.status || r.kind != want.kind || r.name != want.domain || (r.notAfter != nil) != issued {
			t.Errorf("%s: %+v, want %+v", operation, r, want)
		}
		switch {
		case code == 0 && (r.code != nil || r.message != nil):
			t.Errorf("%s: %s has an ApplyCode or ApplyMessage", operation, want.status)
		case code != 0 && (r.code == nil || *r.code != code || r.message == nil || *r.message != message):
			t.Errorf("%s: %+v, want code %d %q", operation, r, code, message)
		}
	}
}

// Each status, alone on a server, and what the clock does.
func TestAddCertificate(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		kind, status string
		advance      time.Duration
	}{
		{"free", client.StatusApplying, 0},
		{"free", client.StatusOK, 5 * time.Second},
		{"free", client.StatusExpiring, 75 * day},
		{"free", client.StatusExpired, 90 * day},
		{"free", client.StatusApplyFailed, 0},
		{"free", client.StatusCanceled, 0},
		{"upload", client.StatusOK, 0},
		{"upload", client.StatusExpiring, 0},
		{"upload", client.StatusExpired, time.Minute},
	} {
		for _, domain := range []string{"www.example.com", "*.example.com"} {
			t.Run(c.kind+" "+c.status+" "+domain, func(t *testing.T) {
				t.Parallel()
				srv := servertest.New(t, servertest.WithTime(start))
				add := srv.AddCertificate
				if c.kind == "upload" {
					add = srv.UploadCertificate
				}
				id := add(t.Context(), c.status, domain)
				if advanced := srv.Clock.Now().Sub(start); advanced < c.advance || advanced > c.advance+5*time.Second {
					t.Errorf("the clock advanced by %v, want %v", advanced, c.advance)
				}
				wantShown(t, srv, added{id, c.status, c.kind, domain})
			})
		}
	}
}

// Every status at the same time, added in the order that the documentation names.
func TestAddCertificatesInEveryStatus(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	var all []added
	for i, status := range []string{
		client.StatusCanceled, client.StatusOK, // stays OK: it is renewed in time
		client.StatusExpired, client.StatusExpiring, client.StatusApplyFailed, client.StatusOK,
	} {
		domain := "n" + strconv.Itoa(i) + ".example.com"
		all = append(all, added{srv.AddCertificate(t.Context(), status, domain), status, "free", domain})
	}
	for i, status := range []string{client.StatusExpired, client.StatusExpiring, client.StatusOK} {
		domain := "u" + strconv.Itoa(i) + ".example.com"
		all = append(all, added{srv.UploadCertificate(t.Context(), status, domain), status, "upload", domain})
	}
	all = append(all, added{srv.AddCertificate(t.Context(), client.StatusApplying, "last.example.com"), client.StatusApplying, "free", "last.example.com"})
	for _, want := range all {
		wantShown(t, srv, want)
	}
	list, err := srv.Client().ListCertificates(t.Context(), client.ListCertificatesInput{SiteID: servertest.SiteID})
	if err != nil || int(list.TotalCount) != len(all) {
		t.Errorf("%+v, %v, want %d certificates", list, err, len(all))
	}
}

// A certificate keeps its status as time passes, and its name can be applied for
// again: that is what the programs under test do.
func TestAddedCertificatesAfterwards(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	expiring := srv.AddCertificate(t.Context(), client.StatusExpiring, "www.example.com")
	failed := srv.AddCertificate(t.Context(), client.StatusApplyFailed, "api.example.com")
	srv.AdvanceInSteps(14*24*time.Hour, time.Hour)
	wantShown(t, srv, added{expiring, client.StatusExpiring, "free", "www.example.com"})
	wantShown(t, srv, added{failed, client.StatusApplyFailed, "free", "api.example.com"})
	for _, id := range apply(t, srv, "www.example.com", "api.example.com") {
		srv.WaitIssued(t.Context(), id)
	}
	applying := srv.AddCertificate(t.Context(), client.StatusApplying, "shop.example.com")
	srv.WaitIssued(t.Context(), srv.LastEntry().IDs[0])
	wantShown(t, srv, added{applying, client.StatusOK, "free", "shop.example.com"})
}

// The site is the one with the longest name that the domain name belongs to.
func TestAddCertificateFindsTheSite(t *testing.T) {
	t.Parallel()
	const yaml = `accounts:
  - id: "7"
    access_keys: [{id: testid, secret: testsecret}]
    plans: [{id: p, quotas: {lets_encrypt: 10, digicert: 10, upload: 10}, records: 10}]
    sites:
      - {id: 1, name: example.org, plan: p}
      - {id: 2, name: shop.example.org, plan: p}
`
	srv := servertest.New(t, servertest.WithConfig(yaml))
	for domain, site := range map[string]int64{"www.example.org": 1, "WWW.Shop.example.org": 2, "shop.example.org": 2} {
		for _, add := range []string{
			srv.AddCertificate(t.Context(), client.StatusOK, domain),
			srv.UploadCertificate(t.Context(), client.StatusOK, domain),
		} {
			got, err := srv.Client().GetCertificate(t.Context(), client.GetCertificateInput{SiteID: site, ID: add})
			if err != nil || got.Result.CommonName != strings.ToLower(domain) {
				t.Errorf("%s: %+v, %v", domain, got, err)
			}
		}
	}
}

func TestWrongUseOfCertificatesFailsTheTest(t *testing.T) {
	t.Parallel()
	shortLived := strings.Replace(string(config.Example()), "    lifetime: 2160h", "    lifetime: 24h", 1)
	for name, c := range map[string]struct {
		use  func(tb testing.TB)
		want string
	}{
		"name of no site": {
			func(tb testing.TB) {
				servertest.New(tb).AddCertificate(tb.Context(), client.StatusOK, "www.example.net")
			},
			"AddCertificate: www.example.net is not a name of one of the account's sites",
		},
		"uploaded name of no site": {
			func(tb testing.TB) {
				servertest.New(tb).UploadCertificate(tb.Context(), client.StatusOK, "www.example.net")
			},
			"UploadCertificate: www.example.net is not a name of one of the account's sites",
		},
		"not a name": {
			func(tb testing.TB) { servertest.New(tb).AddCertificate(tb.Context(), client.StatusOK, "a b") },
			`"a b" is not a domain name`,
		},
		"unknown status": {
			func(tb testing.TB) { servertest.New(tb).AddCertificate(tb.Context(), "Issued", "www.example.com") },
			`unknown status "Issued": want Applying, OK, Expiring`,
		},
		"status that uploads do not have": {
			func(tb testing.TB) {
				servertest.New(tb).UploadCertificate(tb.Context(), client.StatusApplying, "www.example.com")
			},
			`unknown status "Applying": want OK, Expiring or Expired`,
		},
		"name that is applied for": {
			func(tb testing.TB) {
				srv := servertest.New(tb)
				for range 2 {
					srv.AddCertificate(tb.Context(), client.StatusApplying, "www.example.com")
				}
			},
			"apply for www.example.com: ",
		},
		"uploaded name in use": {
			func(tb testing.TB) {
				srv := servertest.New(tb)
				for range 2 {
					srv.UploadCertificate(tb.Context(), client.StatusOK, "www.example.com")
				}
			},
			"upload for www.example.com: ",
		},
		"injected fault": {
			func(tb testing.TB) {
				srv := servertest.New(tb)
				srv.InjectFault(servertest.ConnectionReset, 1)
				srv.AddCertificate(tb.Context(), client.StatusOK, "www.example.com")
			},
			"list the account's sites: ",
		},
		"authority that cannot be reached": {
			func(tb testing.TB) {
				srv := servertest.New(tb)
				srv.AddAuthorityFault(servertest.AuthorityFault{Unreachable: true})
				srv.AddCertificate(tb.Context(), client.StatusApplyFailed, "www.example.com")
			},
			"for www.example.com is Applying, want ApplyFailed",
		},
		"lifetime of a day": {
			func(tb testing.TB) {
				servertest.New(tb, servertest.WithConfig(shortLived)).AddCertificate(tb.Context(), client.StatusOK, "www.example.com")
			},
			"for www.example.com is Expiring, want OK",
		},
		"issuing is off": {
			func(tb testing.TB) {
				const off = "issuing: off\naccounts: [{id: '1', access_keys: [{id: testid, secret: testsecret}]}]"
				servertest.New(tb, servertest.WithConfig(off)).AddCertificate(tb.Context(), client.StatusApplying, "www.example.com")
			},
			"issuing is disabled",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			if r.run(func() { c.use(r) }); !strings.Contains(r.failed, c.want) {
				t.Errorf("the test failed with %q, want %q", r.failed, c.want)
			}
		})
	}
}
