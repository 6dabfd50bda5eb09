package flows

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

// The flow of programs that deploy renewed certificates: find the site, list its
// certificates, upload the new one, delete the old ones of the same names. A second
// run with the same certificate changes nothing.
func TestUploader(t *testing.T) {
	t.Parallel()
	up := newUploader(t)
	first, firstKey := keyPair(t, "shop.example.com")
	second, secondKey := keyPair(t, "shop.example.com")

	oldID := up.deploy(t, "shop-1", first, firstKey)
	if oldID == "" {
		t.Fatal("the first upload was taken as a duplicate")
	}
	newID := up.deploy(t, "shop-2", second, secondKey)
	if newID == "" || newID == oldID {
		t.Fatalf("the second upload has the ID %q, the first one %q", newID, oldID)
	}
	if id := up.deploy(t, "shop-2", second, secondKey); id != "" {
		t.Errorf("the same certificate was uploaded again, as %s", id)
	}

	left := up.list(t)
	if len(left) != 1 || left[0].ID != newID || left[0].Name != "shop-2" || left[0].Type != "upload" {
		t.Errorf("certificates after the deployment: %+v, want only %s", left, newID)
	}
	// Another run has deleted the old certificate already; that is success, too.
	if err := up.call("GET", "DeleteCertificate", parameters{"SiteId": up.site, "Id": oldID}, nil, nil); code(err) != "Certificate.NotFound" {
		t.Errorf("delete the old certificate again: %v", err)
	}
}

// certificateItem has the members of an item of ListCertificates that uploaders read.
type certificateItem struct {
	ID       string `json:"Id"`
	Name     string
	Type     string
	SAN      string
	NotAfter string
}

// uploader calls the core on which the vendor's Go SDK is built, as the SDK does.
type uploader struct {
	client *openapi.Client
	site   json.Number
}

func newUploader(t *testing.T) *uploader {
	t.Helper()
	client, err := openapi.NewClient(&openapi.Config{
		Protocol: dara.String("http"), Endpoint: dara.String(startServer(t)),
		AccessKeyId: dara.String(keyID), AccessKeySecret: dara.String(keySecret),
	})
	if err != nil {
		t.Fatal(err)
	}
	up := &uploader{client: client}
	var sites struct {
		Sites []struct {
			SiteID   json.Number `json:"SiteId"`
			SiteName string
		}
	}
	if err := up.call("GET", "ListSites", parameters{"SiteName": "example.com", "SiteSearchType": "exact"}, nil, &sites); err != nil {
		t.Fatal(err)
	}
	if len(sites.Sites) != 1 || sites.Sites[0].SiteName != "example.com" || sites.Sites[0].SiteID != siteID {
		t.Fatalf("sites named example.com: %+v", sites)
	}
	up.site = sites.Sites[0].SiteID
	return up
}

// deploy uploads a certificate and deletes the older ones of the same names. It
// returns an empty ID if the certificate was there already.
func (up *uploader) deploy(t *testing.T, name, certificate, key string) (id string) {
	t.Helper()
	before := up.list(t)
	var uploaded struct {
		ID string `json:"Id"`
	}
	err := up.call("POST", "SetCertificate", nil, parameters{
		"SiteId": up.site, "Type": "upload", "Name": name, "Certificate": certificate, "PrivateKey": key,
	}, &uploaded)
	switch {
	case code(err) == "Certificate.Duplicated":
		return ""
	case err != nil:
		t.Fatalf("upload %s: %v", name, err)
	}
	for _, old := range before {
		if old.Type != "upload" || old.SAN != "shop.example.com" {
			continue
		}
		if err := up.call("GET", "DeleteCertificate", parameters{"SiteId": up.site, "Id": old.ID}, nil, nil); err != nil {
			t.Fatalf("delete %s: %v", old.Name, err)
		}
	}
	return uploaded.ID
}

// list returns the certificates of the site, page by page.
func (up *uploader) list(t *testing.T) []certificateItem {
	t.Helper()
	var all []certificateItem
	for number := 1; ; number++ {
		var page struct {
			TotalCount int
			Result     []certificateItem
		}
		if err := up.call("POST", "ListCertificates", parameters{"SiteId": up.site, "PageNumber": number, "PageSize": 1}, nil, &page); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Result...)
		if len(page.Result) == 0 || len(all) >= page.TotalCount {
			return all
		}
	}
}

// call makes one call, with parameters in query or form, and stores the response in
// out.
func (up *uploader) call(method, action string, query, form parameters, out any) error {
	request := &openapi.OpenApiRequest{Query: map[string]*string{}}
	for name, value := range query {
		request.Query[name] = dara.String(fmt.Sprint(value))
	}
	if form != nil {
		request.Body = form
	}
	response, err := up.client.CallApi(&openapi.Params{
		Action: dara.String(action), Version: dara.String(version), Method: dara.String(method),
		Protocol: dara.String("HTTPS"), Pathname: dara.String("/"), AuthType: dara.String("AK"), Style: dara.String("RPC"),
		ReqBodyType: dara.String("formData"), BodyType: dara.String("json"),
	}, request, &dara.RuntimeOptions{ReadTimeout: dara.Int(10_000), ConnectTimeout: dara.Int(10_000)})
	if err != nil || out == nil {
		return err
	}
	body, err := json.Marshal(response["body"])
	if err != nil {
		return err
	}
	return json.Unmarshal(body, out)
}

// code returns the error code of a response, or an empty string.
func code(err error) string {
	var refused *tea.SDKError
	if !errors.As(err, &refused) {
		return ""
	}
	return tea.StringValue(refused.Code)
}
