package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/servertest"
)

// example fills in the documented example.
func (p *tab) example() *tab {
	p.t.Helper()
	p.click("example")
	return p
}

func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready().example()
	p.call()
	p.has("status", "200")
	var response struct {
		SiteName   string
		TotalCount int
		RequestID  string `json:"RequestId"`
		Result     []struct{ Domain, Status, ID string }
	}
	if err := json.Unmarshal([]byte(p.text("answer-body")), &response); err != nil {
		t.Fatal(err)
	}
	if response.SiteName != "example.com" || response.TotalCount != 2 || len(response.Result) != 2 ||
		response.Result[0].Domain != "www.example.com" || response.Result[0].Status != "Applying" || response.Result[1].Domain != "blog.example.com" {
		t.Errorf("response: %+v", response)
	}
	p.has("duration", " ms")
	p.has("answer-headers", "x-acs-request-id: "+response.RequestID, "content-type: application/json;charset=utf-8")
	entry := d.journal(t)
	if entry["request_id"] != response.RequestID || entry["rule"] != "Accepted" || entry["scheme"] != "ACS3-HMAC-SHA256" {
		t.Errorf("the journal has %v", entry)
	}

	p.click("tab-request")
	p.has("request-state", "As it was sent")
	p.has("request-url", d.Listen+"/?Domains=www.example.com%2Cblog.example.com&SiteId=1234567890123&Type=lets_encrypt")
	p.has("request-wire", "POST /?Domains=", "host: "+d.address(), "authorization: ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-action;")
	p.has("canonical-request", "POST\n/\nDomains=www.example.com%2Cblog.example.com&SiteId=1234567890123&Type=lets_encrypt\nhost:"+d.address()+"\n")
	p.has("string-to-sign", "ACS3-HMAC-SHA256\n")
}

// Every row of the table has a button that triggers it, and an explanation.
func TestEveryRow(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready()
	p.click("#scenarios > summary")
	rows := esaops.ApplyCertificate.Errors
	if len(rows) != 15 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		number := i + 1
		p.click(fmt.Sprintf("row-%d", number))
		p.call()
		p.has("status", fmt.Sprint(row.Status))
		p.has("code", row.Code)
		p.has("explained", fmt.Sprintf("Row %d of the documented table: %s", number, row.Key))
		p.has("described", row.Description)
		p.has("remedy", row.Remedy)
		if rule := d.journal(t)["rule"]; rule != row.Key {
			t.Errorf("row %d: the journal has %v", number, rule)
		}
	}
}

func TestWaysToCall(t *testing.T) {
	t.Parallel()
	for i, tc := range []struct {
		name           string
		set            map[string]string
		scheme, method string // as in the journal
		principal      string
	}{
		{"HMAC-SHA1", map[string]string{"scheme": "rpc"}, "HMAC-SHA1", "POST", ":root"},
		{"HMAC-SHA256", map[string]string{"scheme": "rpc-sha256"}, "HMAC-SHA256", "POST", ":root"},
		{"form body, HMAC-SHA256", map[string]string{"place": "form", "scheme": "rpc-sha256"}, "HMAC-SHA256", "POST", ":root"},
		{"GET", map[string]string{"method": "GET"}, "ACS3-HMAC-SHA256", "GET", ":root"},
		{"GET, HMAC-SHA1", map[string]string{"method": "GET", "scheme": "rpc"}, "HMAC-SHA1", "GET", ":root"},
		{"form body", map[string]string{"place": "form"}, "ACS3-HMAC-SHA256", "POST", ":root"},
		{"form body, HMAC-SHA1", map[string]string{"place": "form", "scheme": "rpc"}, "HMAC-SHA1", "POST", ":root"},
		{"STS", map[string]string{"key-id": "STS.testid", "secret": "sts-secret", "token": "sts-token-example"}, "ACS3-HMAC-SHA256", "POST", "role/deployer"},
		{"STS, HMAC-SHA1", map[string]string{"key-id": "STS.testid", "secret": "sts-secret", "token": "sts-token-example", "scheme": "rpc"}, "HMAC-SHA1", "POST", "role/deployer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			p := open(t, srv.Explorer).ready().example()
			p.set("p-Domains", fmt.Sprintf("name-%d.example.com, *.Bücher%d.example.com", i, i))
			for id, value := range tc.set {
				p.set(id, value)
			}
			p.call()
			p.has("status", "200")
			entry := srv.journal(t)
			if entry["rule"] != "Accepted" || entry["scheme"] != tc.scheme || entry["method"] != tc.method || !strings.HasSuffix(fmt.Sprint(entry["principal"]), tc.principal) {
				t.Errorf("the journal has %v", entry)
			}
			if token := tc.set["token"]; token != "" {
				p.assertHidden(token, tc.set["secret"], tc.set["key-id"])
			}
		})
	}
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	d := start(t)
	for _, scheme := range []string{"acs3", "rpc"} {
		p := open(t, d.Explorer).ready().example()
		p.set("scheme", scheme)
		p.set("secret", "not-the-secret")
		p.call()
		p.has("status", "400")
		p.has("code", "SignatureDoesNotMatch")
		p.has("parted", "the secret is not the one of this access key id")
		p.has("remedy", "check the access key secret first")
		p.set("secret", servertest.AccessKeySecret)
		p.set("p-Domains", scheme+".example.com")
		p.call()
		p.has("status", "200")
	}
}

// Without a key nothing is sent.
func TestNoKey(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready().example()
	p.set("key-id", "")
	p.set("secret", "")
	p.call()
	p.has("failure", "Nothing was sent", "access key id and the access key secret")
	if n := p.called(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
