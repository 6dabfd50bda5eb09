package client_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// stub responds without a network at the lowest cost, so that the client is
// measured.
type stub struct {
	status int
	body   string
}

func (s *stub) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: s.status, Header: http.Header{"Content-Type": {"application/json;charset=utf-8"}},
		Body: io.NopCloser(strings.NewReader(s.body)), ContentLength: int64(len(s.body)), Request: req,
	}, nil
}

// maxAllocations is what a signed call may allocate: a fifth of the 417
// allocations that the vendor's Go core (darabonba-openapi v2.1.13) was
// measured with on a stub like this one. Those of the stub are included.
const maxAllocations = 83

func TestAllocations(t *testing.T) {
	c := newClient(t, &stub{http.StatusOK, documentedResponse})
	in := input()
	got := testing.AllocsPerRun(200, func() {
		if _, err := c.ApplyCertificate(context.Background(), in); err != nil {
			t.Fatal(err)
		}
	})
	if got > maxAllocations {
		t.Errorf("%.0f allocations for a call, at most %d are wanted", got, maxAllocations)
	}
}

func BenchmarkApplyCertificate(b *testing.B) {
	accepting := &stub{http.StatusOK, documentedResponse}
	row := esaerrors.InvalidParameterDomainsAlreadySubmitted
	for _, test := range []struct {
		name      string
		transport http.RoundTripper
		options   []client.Option
	}{
		{"ACS3", accepting, nil},
		{"RPC", accepting, []client.Option{client.WithSignature(signature.RPCHMACSHA1)}},
		{"STS", accepting, []client.Option{client.WithCredentials(client.STSCredentials(testKey, testSecret, testToken))}},
		{"refused", &stub{row.Status, refusal(row.Code, row.Message)}, nil},
	} {
		b.Run(test.name, func(b *testing.B) {
			c := newClient(b, test.transport, test.options...)
			in := input()
			b.ReportAllocs()
			for b.Loop() {
				if out, err := c.ApplyCertificate(context.Background(), in); (out == nil) == (err == nil) {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkApplyCertificateParallel(b *testing.B) {
	c := newClient(b, &stub{http.StatusOK, documentedResponse})
	in := input()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.ApplyCertificate(context.Background(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLoopback runs a server in the same process, whose cost is included.
func BenchmarkLoopback(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(writeExample))
	b.Cleanup(srv.Close)
	c := newClient(b, nil, client.WithEndpoint(srv.URL))
	in := input()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.ApplyCertificate(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}
