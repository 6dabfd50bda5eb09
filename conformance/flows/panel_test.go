package flows

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/signers"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/utils"
)

// The flow of a panel that shows sites and their certificates: list the sites, see
// that a record has no certificate, request one, and refresh until it is configured;
// upload another one.
func TestPanel(t *testing.T) {
	t.Parallel()
	p := newPanel(t)
	const record = "www.panel-example.com"

	// The panel does not know the methods of the operations. It finds them out.
	sites := p.mustCall(t, url.Values{"Action": {"ListSites"}, "PageNumber": {"1"}, "PageSize": {"100"}})
	var site string
	for _, s := range items(t, sites, "Sites") {
		if s["SiteName"] == "panel-example.com" {
			site, _ = s["SiteId"].(string)
		}
	}
	if site != longSiteID {
		t.Fatalf("panel-example.com has the ID %q, want %s", site, longSiteID)
	}
	if want := []string{"POST", "GET"}; !slices.Equal(p.methods["ListSites"], want) {
		t.Errorf("methods of ListSites: %v, want %v", p.methods["ListSites"], want)
	}

	byRecord := func() parameters {
		return items(t, p.mustCall(t, url.Values{"Action": {"ListCertificatesByRecord"}, "SiteId": {site}, "RecordName": {record}, "Detail": {"true"}}), "Result")[0]
	}
	if before := byRecord(); before["Status"] != "none" || before["Count"] != 0.0 {
		t.Errorf("record without certificate: %v", before)
	}
	applied := p.mustCall(t, url.Values{"Action": {"ApplyCertificate"}, "SiteId": {site}, "Domains": {record + ",*.panel-example.com"}, "Type": {"lets_encrypt"}})
	if n := len(items(t, applied, "Result")); n != 2 || applied["SiteName"] != "panel-example.com" {
		t.Fatalf("applied: %v", applied)
	}
	// The member that counts applications has this misspelled name.
	if applying := byRecord(); applying["Status"] == "none" || applying["ApplylingCount"].(float64)+applying["Count"].(float64) != 2 {
		t.Errorf("record after the application: %v", applying)
	}
	poll(t, "status configured with both certificates", func() bool {
		r := byRecord()
		return r["Status"] == "configured" && r["Count"] == 2.0 && len(items(t, r, "Certificates")) == 2
	})

	list := items(t, p.mustCall(t, url.Values{"Action": {"ListCertificates"}, "SiteId": {site}, "PageNumber": {"1"}, "PageSize": {"50"}}), "Result")
	if len(list) != 2 {
		t.Fatalf("certificates: %v", list)
	}
	for _, item := range list {
		details := p.mustCall(t, url.Values{"Action": {"GetCertificate"}, "SiteId": {site}, "Id": {fmt.Sprint(item["Id"])}})
		if details["Status"] != "OK" || details["SiteId"] != longSiteID || !strings.Contains(fmt.Sprint(details["Certificate"]), "BEGIN CERTIFICATE") {
			t.Errorf("certificate %v: %v", item["Id"], details)
		}
	}

	certificate, key := keyPair(t, record)
	upload := url.Values{"Action": {"SetCertificate"}, "SiteId": {site}, "Type": {"upload"}, "Name": {"panel"}, "Certificate": {certificate}, "PrivateKey": {key}}
	if id, _ := p.mustCall(t, upload)["Id"].(string); id == "" {
		t.Error("the upload has no ID")
	}
	if want := []string{"POST"}; !slices.Equal(p.methods["SetCertificate"], want) {
		t.Errorf("methods of SetCertificate: %v, want %v", p.methods["SetCertificate"], want)
	}
	if _, err := p.call(upload); err == nil || !strings.HasPrefix(err.Error(), "Certificate.Duplicated: ") {
		t.Errorf("the same name again: %v", err)
	}
}

// panel makes calls without an SDK. Only the signature is computed by the vendor's
// library.
type panel struct {
	host    string
	signer  *signers.AccessKeySigner
	methods map[string][]string // that were used for an action
}

func newPanel(t *testing.T) *panel {
	t.Helper()
	return &panel{startServer(t), signers.NewAccessKeySigner(credentials.NewAccessKeyCredential(keyID, keySecret)), map[string][]string{}}
}

func (p *panel) mustCall(t *testing.T, call url.Values) parameters {
	t.Helper()
	response, err := p.call(call)
	if err != nil {
		t.Fatalf("%s: %v", call.Get("Action"), err)
	}
	return response
}

// call sends all parameters as a POST form, and if the operation does not support
// POST, as the query of a GET request. A Code in the response is an error, whatever
// the status.
func (p *panel) call(call url.Values) (response parameters, err error) {
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		if response, err = p.send(method, call); err != nil {
			return nil, err
		}
		if response["Code"] != "UnsupportedHTTPMethod" {
			break
		}
	}
	if code, _ := response["Code"].(string); code != "" {
		return nil, fmt.Errorf("%s: %v", code, response["Message"])
	}
	return response, nil
}

func (p *panel) send(method string, call url.Values) (parameters, error) {
	p.methods[call.Get("Action")] = append(p.methods[call.Get("Action")], method)
	signed := p.sign(method, call)
	address, body := "http://"+p.host+"/", io.Reader(nil)
	if method == http.MethodPost {
		body = strings.NewReader(signed)
	} else {
		address += "?" + signed
	}
	request, err := http.NewRequest(method, address, body)
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return parseAsScript(content)
}

// sign adds the common parameters and the signature, version 1.0, and returns all
// parameters URL-encoded.
func (p *panel) sign(method string, call url.Values) string {
	all := url.Values{
		"Version": {version}, "Format": {"JSON"}, "AccessKeyId": {keyID},
		"SignatureMethod": {p.signer.GetName()}, "SignatureVersion": {p.signer.GetVersion()},
		"SignatureNonce": {utils.GetNonce()}, "Timestamp": {time.Now().UTC().Format(time.RFC3339)},
	}
	for name, values := range call {
		all[name] = values
	}
	escape := strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~")
	stringToSign := method + "&%2F&" + url.QueryEscape(escape.Replace(all.Encode()))
	all.Set("Signature", p.signer.Sign(stringToSign, "&"))
	return all.Encode()
}

// longID matches an ID that is a number of 16 or more digits.
var longID = regexp.MustCompile(`("\w*Id"\s*:\s*)(\d{16,})`)

// parseAsScript parses a response as a program in JavaScript does: numbers are
// float64. So that long IDs keep all digits, they become strings first.
func parseAsScript(content []byte) (parameters, error) {
	var response parameters
	if err := json.Unmarshal(longID.ReplaceAll(content, []byte(`$1"$2"`)), &response); err != nil {
		return nil, fmt.Errorf("parse %q: %w", content, err)
	}
	return response, nil
}
