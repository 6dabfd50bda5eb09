package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaapi"
)

// twoCertificates replaces the client of a program under test.
type twoCertificates struct{ client.API }

func (twoCertificates) ListCertificatesAll(context.Context, client.ListCertificatesInput, ...client.Option) iter.Seq2[esaapi.Certificate, error] {
	return client.Items([]esaapi.Certificate{{ID: "1", Status: client.StatusOK}, {ID: "2", Status: client.StatusApplying}}, nil)
}

// pending is the program under test: it returns the certificates that are not issued yet.
func pending(ctx context.Context, api client.API, siteID int64) ([]string, error) {
	var ids []string
	for certificate, err := range api.ListCertificatesAll(ctx, client.ListCertificatesInput{SiteID: siteID}) {
		if err != nil {
			return nil, err
		}
		if certificate.Status == client.StatusApplying {
			ids = append(ids, certificate.ID)
		}
	}
	return ids, nil
}

// Programs that take an API can be tested without a server.
func ExampleAPI() {
	fmt.Println(pending(context.Background(), twoCertificates{}, 1234567890123))
	// Output: [2] <nil>
}

func TestItems(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	for name, tc := range map[string]struct {
		items []int
		err   error
		stop  int
		want  string
	}{
		"none":            {nil, nil, 9, "[]"},
		"some":            {[]int{1, 2}, nil, 9, "[1 <nil> 2 <nil>]"},
		"with an error":   {[]int{1}, failure, 9, "[1 <nil> 0 failure]"},
		"only an error":   {nil, failure, 9, "[0 failure]"},
		"stopped":         {[]int{1, 2}, failure, 1, "[1 <nil>]"},
		"stopped at last": {[]int{1}, failure, 1, "[1 <nil>]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []any
			for item, err := range client.Items(tc.items, tc.err) {
				if got = append(got, item, err); len(got)/2 == tc.stop {
					break
				}
			}
			if text := fmt.Sprint(got); text != tc.want {
				t.Errorf("got %s, want %s", text, tc.want)
			}
		})
	}
}

// A created page looks like the last one of the service.
func TestNewPages(t *testing.T) {
	t.Parallel()
	certificates := client.NewListCertificatesPage(esaapi.Certificate{ID: "1"}, esaapi.Certificate{ID: "2"})
	sites := client.NewListSitesPage()
	if certificates.TotalCount != 2 || certificates.PageNumber != 1 || certificates.PageSize != 2 || len(certificates.Result) != 2 {
		t.Errorf("got %+v", certificates)
	}
	if sites.TotalCount != 0 || sites.PageNumber != 1 || sites.PageSize != 1 || sites.Response.Status != 200 {
		t.Errorf("got %+v", sites)
	}
}
