package server_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
)

// input is a call that is in order; cases change what they are about.
func input(change func(*client.ApplyCertificateInput)) client.ApplyCertificateInput {
	in := client.ApplyCertificateInput{SiteID: site, Domains: []string{"www.example.com"}, Type: client.LetsEncrypt}
	if change != nil {
		change(&in)
	}
	return in
}

func onSite(id int64, domains ...string) client.ApplyCertificateInput {
	return input(func(in *client.ApplyCertificateInput) { in.SiteID, in.Domains = id, domains })
}

func names(count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = "n" + strconv.Itoa(i) + ".example.com"
	}
	return list
}

// Each row of the documented table, caused by the state that it describes, seen
// through the SDK: code, message, status, and the value that errors.Is finds.
func TestEveryRowFromRealState(t *testing.T) {
	t.Parallel()
	type testCase struct {
		row     *esaerrors.Error
		before  func(*testing.T, *servertest.Server)
		input   client.ApplyCertificateInput
		options []client.Option
	}
	applyFirst := func(in client.ApplyCertificateInput) func(*testing.T, *servertest.Server) {
		return func(t *testing.T, srv *servertest.Server) {
			if _, err := srv.Client().ApplyCertificate(t.Context(), in); err != nil {
				t.Fatal(err)
			}
		}
	}
	cases := []testCase{
		{row: esaerrors.SiteNotFound, input: onSite(404, "www.example.com")},
		{row: esaerrors.SiteNotActivated, input: onSite(3, "www.pending.example")},
		{row: esaerrors.MissingSiteID},
		{row: esaerrors.InvalidParameterDomainsAlreadySubmitted, before: applyFirst(input(nil)), input: input(nil)},
		{row: esaerrors.InternalException, input: input(nil)},
		{row: esaerrors.InvalidParameterDomainsTooMany, input: onSite(site, names(51)...)},
		{row: esaerrors.InvalidParameterDomainsMalformed, input: onSite(site, "www_.example.com")},
		{row: esaerrors.InvalidParameterDomainsNotInSite, input: onSite(site, "www.example.org")},
		{row: esaerrors.QuotaCheckFailed, input: onSite(8, "www.remote.example")},
		{row: esaerrors.InvalidParameterType, input: input(func(in *client.ApplyCertificateInput) { in.Type = "bogus" })},
		{row: esaerrors.QuotaExceedRecordCount, before: applyFirst(onSite(7, "a.tight.example")), input: onSite(7, "b.tight.example")},
		{row: esaerrors.InvalidParameterDomainsWildcardOnCname, input: onSite(2, "*.cname.example")},
		{row: esaerrors.UnauthorizedInvalidTime, input: input(nil), options: []client.Option{client.WithClock(func() time.Time { return time.Now().Add(-16 * time.Minute) })}},
		{row: esaerrors.UnauthorizedInvalidToken, input: input(nil), options: []client.Option{client.WithCredentials(client.STSCredentials("STS.two", "stssecret2", "sts-token-two"))}},
		{row: esaerrors.QuotaExceeded, before: applyFirst(onSite(6, "a.small.example", "b.small.example")), input: onSite(6, "c.small.example", "d.small.example")},
	}
	if len(cases) != len(esaops.ApplyCertificate.Errors) {
		t.Fatalf("%d cases for %d rows", len(cases), len(esaops.ApplyCertificate.Errors))
	}
	for i, tc := range cases {
		if tc.row != esaops.ApplyCertificate.Errors[i] {
			t.Fatalf("case %d is about %s, row %d is %s", i+1, tc.row.Key, i+1, esaops.ApplyCertificate.Errors[i].Key)
		}
		t.Run(tc.row.Key, func(t *testing.T) {
			t.Parallel()
			switch tc.row {
			case esaerrors.MissingSiteID:
				// The SDK always sends a SiteId, so this one is sent by hand.
				srv := newServer(t)
				checkRefused(t, srv, request{query: "Domains=www.example.com"}.send(t, srv), tc.row)
				return
			case esaerrors.InternalException:
				testFailingStore(t, tc.row)
				return
			}
			srv := newServer(t)
			if tc.before != nil {
				tc.before(t, srv)
			}
			checkThroughSDK(t, srv, tc.row, tc.input, tc.options...)
		})
	}
}

func checkThroughSDK(t *testing.T, srv *servertest.Server, row *esaerrors.Error, in client.ApplyCertificateInput, options ...client.Option) {
	t.Helper()
	before := len(srv.Applications())
	_, err := srv.Client(append(options, client.WithoutValidation())...).ApplyCertificate(t.Context(), in)
	var refused *client.ServiceError
	if !errors.As(err, &refused) {
		t.Fatalf("error is %v, want the service's", err)
	}
	if refused.Code != row.Code || refused.Message != row.Message || refused.Status != row.Status {
		t.Errorf("got %d %s %q\nwant %d %s %q", refused.Status, refused.Code, refused.Message, row.Status, row.Code, row.Message)
	}
	for _, other := range esaops.ApplyCertificate.Errors {
		if is := errors.Is(err, other); is != (other == row) {
			t.Errorf("errors.Is(err, %s) is %v", other.Key, is)
		}
	}
	if last := srv.LastEntry(); last.Rule != row.Key {
		t.Errorf("the rule that fired is %s (%s), want %s", last.Rule, last.Detail, row.Key)
	}
	if after := len(srv.Applications()); after != before {
		t.Errorf("a refused call changed what is stored: %d applications, %d before", after, before)
	}
}

// failingStore is a store whose disk is gone.
type failingStore struct{ store.Store }

var errDiskGone = errors.New("the disk is gone")

func (failingStore) Apply(context.Context, store.ApplyRequest) ([]store.Application, error) {
	return nil, errDiskGone
}

func testFailingStore(t *testing.T, row *esaerrors.Error) {
	t.Helper()
	healthy := newServer(t)
	srv := newServer(t, servertest.WithStore(failingStore{healthy.Store()}))
	checkThroughSDK(t, srv, row, input(nil))
	if detail := srv.LastEntry().Detail; !strings.Contains(detail, errDiskGone.Error()) {
		t.Errorf("the journal says %q, not what happened", detail)
	}
}

// Each row by its scenario site, with an input that is in order otherwise.
func TestEveryRowByScenarioSite(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, row := range esaops.ApplyCertificate.Errors {
		t.Run(row.Key, func(t *testing.T) {
			a := request{query: params("SiteId", strconv.FormatInt(servertest.ScenarioSite(row), 10), "Domains", "www.example.com")}.send(t, srv)
			if a.status != row.Status || a.err.Code != row.Code || a.err.Message != row.Message {
				t.Errorf("got %d %s %q", a.status, a.err.Code, a.err.Message)
			}
		})
	}
	if stored := srv.Applications(); len(stored) != 0 {
		t.Errorf("scenarios stored %v", stored)
	}
}

// A scenario site responds to correctly signed requests only.
func TestScenarioSitesAskForASignature(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	query := params("SiteId", "4000000000015", "Domains", "www.example.com")
	checkRefused(t, srv, request{query: query, unsign: true}.send(t, srv), esaerrors.MissingAccessKeyID)
}

func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, domains string
		want          []string
	}{
		{"the example request", "www.example.com,blog.example.com", []string{"www.example.com", "blog.example.com"}},
		{"name of the example response", "*.example.com,www.example.com", []string{"*.example.com", "www.example.com"}},
		{"names in another form", " WWW.Example.COM ,b\u00fccher.example.com", []string{"www.example.com", "xn--bcher-kva.example.com"}},
	} {
		for _, method := range []string{"POST", "GET"} {
			t.Run(tc.name+" "+method, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t)
				a := request{method: method, query: validQuery(tc.domains)}.send(t, srv)
				if a.status != 200 {
					t.Fatalf("status %d: %s", a.status, a.body)
				}
				checkEnvelope(t, srv, a)
				if a.ok.SiteName != "example.com" || a.ok.TotalCount != 2 || len(a.ok.Result) != 2 {
					t.Errorf("response is %s", a.body)
				}
				for i, r := range a.ok.Result {
					want := esaapi.CertificateApplication{Domain: tc.want[i], Status: "Applying", ID: strconv.Itoa(30000478 + i)}
					if r != want {
						t.Errorf("Result[%d] is %+v, want %+v", i, r, want)
					}
				}
				if stored := srv.Applications(); len(stored) != 2 || stored[0].Domain != tc.want[0] || stored[0].RequestID != a.ok.RequestID {
					t.Errorf("stored is %+v", stored)
				}
			})
		}
	}
}

// A name may be applied for again once its application is finished.
func TestFinishedApplicationReleasesName(t *testing.T) {
	t.Parallel()
	for _, end := range []store.Status{store.Issued, store.Failed} {
		t.Run(string(end), func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			c := srv.Client()
			if _, err := c.ApplyCertificate(t.Context(), input(nil)); err != nil {
				t.Fatal(err)
			}
			srv.SetStatus(store.FirstID, end)
			if _, err := c.ApplyCertificate(t.Context(), input(nil)); err != nil {
				t.Errorf("after %s: %v", end, err)
			}
		})
	}
}

// Sites, keys and applications of one account are nothing to another.
func TestAccountsAreIsolated(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	other := client.WithCredentials(client.StaticCredentials("otherid", "othersecret"))
	checkThroughSDK(t, srv, esaerrors.SiteNotFound, input(nil), other)
	checkThroughSDK(t, srv, esaerrors.SiteNotFound, onSite(77, "www.other.example"))
	if _, err := srv.Client(other).ApplyCertificate(t.Context(), onSite(77, "www.other.example")); err != nil {
		t.Error(err)
	}
}
