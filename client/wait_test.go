package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
)

// certificate is the body of a GetCertificate with a status.
func certificate(status, more string) string {
	return `{"SiteId":1,"SiteName":"example.com","Status":"` + status + `","RequestId":"R","Result":{"Id":"7","Name":"n","Region":"r","Status":"` + status +
		`","Type":"free","CommonName":"c","SAN":"s","CreateTime":"t","UpdateTime":"t"` + more + `}}`
}

func TestWaitForCertificate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		statuses []string
		more     string
		want     string // status, or a part of the error
		waits    time.Duration
	}{
		"at once":  {[]string{"OK"}, "", "OK", 0},
		"later":    {[]string{"Applying", "Applying", "Issued"}, "", "Issued", 3 * time.Second},
		"expiring": {[]string{"Applying", "Expiring"}, "", "Expiring", time.Second},
		"failed":   {[]string{"Applying", "ApplyFailed"}, `,"ApplyCode":1,"ApplyMessage":"CAA forbids it"`, "certificate 7 is ApplyFailed: CAA forbids it", time.Second},
		"canceled": {[]string{"Canceled"}, "", "certificate 7 is Canceled", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var replies []reply
			for _, status := range tc.statuses {
				replies = append(replies, responds(200, certificate(status, tc.more)))
			}
			var waited time.Duration
			c := newClient(t, script(replies...), client.WithSleep(func(_ context.Context, d time.Duration) error {
				waited += d
				return nil
			}))
			out, err := c.WaitForCertificate(t.Context(), client.GetCertificateInput{SiteID: 1, ID: "7"})
			var failed *client.CertificateError
			switch {
			case err == nil && out.Status != tc.want, err != nil && (!errors.As(err, &failed) || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, %v; want %s", out, err, tc.want)
			case waited != tc.waits:
				t.Errorf("waited %v, want %v", waited, tc.waits)
			}
		})
	}
}

func TestWaitForCertificateEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := newClient(t, script(responds(200, certificate("Applying", ""))), client.WithSleep(func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}))
	_, err := c.WaitForCertificate(ctx, client.GetCertificateInput{SiteID: 1, ID: "7"})
	if !errors.Is(err, client.ErrStillApplying) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
