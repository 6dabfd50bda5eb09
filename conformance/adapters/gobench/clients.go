package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"

	"github.com/esacert/esacert/client"
)

// Site and credentials of the calls.
const (
	siteID          = 1234567890123
	accessKeyID     = "testid"
	accessKeySecret = "testsecret"
	bearerToken     = "testtoken"
)

// names returns the domain names of the n-th call.
func names(n int) []string {
	number := strconv.Itoa(n)
	return []string{"www" + number + ".example.com", "blog" + number + ".example.com"}
}

// newSDK returns a caller that uses our SDK. If transport is nil, it uses the SDK's
// default transport.
func newSDK(endpoint string, transport http.RoundTripper) (caller, error) {
	c, err := client.New(
		client.WithEndpoint(endpoint),
		client.WithCredentials(client.StaticCredentials(accessKeyID, accessKeySecret)),
		client.WithTransport(transport),
	)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, n int) error {
		output, err := c.ApplyCertificate(ctx, client.ApplyCertificateInput{
			SiteID: siteID, Domains: names(n), Type: client.LetsEncrypt,
		})
		if err != nil {
			return err
		}
		return accepted(len(output.Applications))
	}, nil
}

// newCore returns a caller that uses the vendor's core as the vendor's product module
// does. If httpClient is nil, it uses the core's default client.
func newCore(endpoint string, httpClient dara.HttpClient) (caller, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	c, err := openapi.NewClient(&openapi.Config{
		Protocol:        dara.String(u.Scheme),
		Endpoint:        dara.String(u.Host),
		AccessKeyId:     dara.String(accessKeyID),
		AccessKeySecret: dara.String(accessKeySecret),
		HttpClient:      httpClient,
	})
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, n int) error { // the core takes no context
		params := &openapi.Params{
			Action:      dara.String("ApplyCertificate"),
			Version:     dara.String("2024-09-10"),
			Protocol:    dara.String("HTTPS"),
			Pathname:    dara.String("/"),
			Method:      dara.String("POST"),
			AuthType:    dara.String("AK"),
			Style:       dara.String("RPC"),
			ReqBodyType: dara.String("formData"),
			BodyType:    dara.String("json"),
		}
		request := &openapi.OpenApiRequest{Query: map[string]*string{
			"SiteId":  dara.String(strconv.Itoa(siteID)),
			"Domains": dara.String(strings.Join(names(n), ",")),
			"Type":    dara.String("lets_encrypt"),
		}}
		result, err := c.CallApi(params, request, &dara.RuntimeOptions{})
		if err != nil {
			return err
		}
		body, ok := result["body"].(map[string]any)
		if !ok {
			return errors.New("response has no body")
		}
		items, _ := body["Result"].([]any)
		return accepted(len(items))
	}, nil
}

// newBare returns a caller that uses only net/http, and a bearer token, so that it does
// not sign. It ignores the response except its status. Its cost is the minimum for any
// client that uses net/http.
func newBare(endpoint string) caller {
	return func(ctx context.Context, n int) error {
		query := url.Values{
			"SiteId": {strconv.Itoa(siteID)}, "Domains": {strings.Join(names(n), ",")}, "SignatureType": {"BEARERTOKEN"},
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/?"+query.Encode(), nil)
		if err != nil {
			return err
		}
		for name, value := range map[string]string{
			"x-acs-action": "ApplyCertificate", "x-acs-version": "2024-09-10", "x-acs-bearer-token": bearerToken,
		} {
			request.Header.Set(name, value)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		if response.StatusCode != http.StatusOK {
			err = errors.Join(err, fmt.Errorf("got HTTP status %s, want 200", response.Status))
		}
		return errors.Join(err, response.Body.Close())
	}
}

// accepted returns an error unless the response has both applications.
func accepted(applications int) error {
	if applications != 2 {
		return fmt.Errorf("got %d applications, want 2", applications)
	}
	return nil
}
