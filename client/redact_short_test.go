package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
)

// A secret of one letter leaves the host of an error readable, and is hidden
// where it stands as the secret.
func TestShortSecretLeavesTheTextReadable(t *testing.T) {
	t.Parallel()
	c, err := client.New(
		client.WithCredentials(client.STSCredentials("testid", "y", "u")), client.WithoutRetry(),
		client.WithTransport(transportFunc(func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("dial " + r.URL.Host + `: no luck, try again: /?SecurityToken=u {"AccessKeySecret":"y"}`)
		})),
	)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: 1, Domains: []string{"www.example.com"}})
	const want = `dial esa.cn-hangzhou.aliyuncs.com: no luck, try again: /?SecurityToken=(hidden) {"AccessKeySecret":"(hidden)"}`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v\nwant     …%s", err, want)
	}
}
