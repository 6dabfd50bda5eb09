package e2e

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The page follows an application from Applying to Issued, and offers its chain for download.
func TestApplicationBecomesIssued(t *testing.T) {
	t.Parallel()
	d := start(t)
	// The authority delays the order until Applying was displayed.
	rules := func(method, rule string, want int) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, d.Admin+"/authority/rules", strings.NewReader(rule))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil || response.StatusCode != want {
			t.Fatal(response, err)
		}
		response.Body.Close()
	}
	rules(http.MethodPost, `{"refuse": "rateLimited", "retry_after_ns": 1000000000}`, http.StatusCreated)
	p := open(t, d.Explorer).ready().example()
	p.set("p-Domains", "live.example.com")
	p.call()
	p.has("status", "200")
	p.click("#pane-answer .told button")
	p.untilReads("#application .badge", "Applying")
	p.screenshot("applying")
	rules(http.MethodDelete, "", http.StatusNoContent)
	p.untilReads("#application .badge", "Issued")
	p.untilReads("#applications-list .badge", "Issued")
	p.has("application", "Nameslive.example.com", "Issuer", "Valid until", "SHA-256")
	p.announced("live.example.com: Issued.")
	p.see("chain")
	address := value[string](p, `document.getElementById("chain").href`)
	if !strings.HasPrefix(address, d.locked()+"api/applications/") {
		t.Fatalf("the chain is at %s", address)
	}
	checkChain(t, []byte(value[string](p, `fetch(document.getElementById("chain").href).then((r) => r.text())`)), "live.example.com")

	p.set("applications-status", "Failed")
	p.untilReads("applications-told", "There are no such applications.")
	p.set("applications-status", "Issued")
	p.set("applications-domain", "LIVE.example.com")
	p.untilHas("applications-told", "1 application,")
}

func checkChain(t *testing.T, data []byte, name string) {
	t.Helper()
	block, rest := pem.Decode(data)
	if block == nil {
		t.Fatalf("the chain is not PEM: %.200s", data)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(leaf.DNSNames, []string{name}) || !bytes.Contains(rest, []byte("BEGIN CERTIFICATE")) {
		t.Errorf("the certificate is for %v, followed by %.100s", leaf.DNSNames, rest)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready().example()
	p.call()
	var accepted struct{ RequestID string }
	if err := json.Unmarshal([]byte(p.text("answer-body")), &accepted); err != nil {
		t.Fatal(err)
	}
	p.set("p-SiteId", "404")
	p.call()
	p.has("code", "SiteNotFound")
	p.click("#explained button")
	p.waitUntilSeen("#log-details dl")
	p.has("log-details", "SiteNotFound", "account 1000000000000001 has no site 404", "testid")
	p.has("log-told", "1 of the last 2 calls.")
	p.set("log-filter", "accepted")
	p.has("log-list", accepted.RequestID)
	p.has("log-told", "1 of the last 2 calls.")
	p.set("log-filter", "")
	p.has("log-told", "2 of the last 2 calls.")
	// It continues while the tab is visible.
	fetch(t, d.locked()) // not a request of the API, so not in the log
	if err := post(d.Listen); err != nil {
		t.Fatal(err)
	}
	p.untilReads("log-told", "3 of the last 3 calls.")
	p.has("log-list", "MissingAccessKeyId")
}

// A link contains the call and the view.
func TestLink(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready().example()
	p.set("p-Domains", "link.example.com")
	p.set("scheme", "rpc")
	p.set("method", "GET")
	p.set("token", "a-token")
	p.click("tab-code")
	p.waitUntilSeen("sample-python")
	p.click("sample-python")
	p.until(`["scheme=rpc", "method=GET", "Domains=link.example.com", "result=code", "code=python"].every((s) => location.search.includes(s))`)
	p.assertHidden("testsecret", "a-token", "testid")
	link := value[string](p, "location.href")

	other := open(t, link).ready()
	other.waitUntilSeen(`#sample-python[aria-selected="true"]`)
	other.has("sample-code", `"link.example.com"`, `method="GET"`, `signature_algorithm="v2"`)
	other.click("tab-answer")
	other.call()
	other.has("status", "200")
	entry := d.journal(t)
	if entry["method"] != "GET" || entry["scheme"] != "HMAC-SHA1" {
		t.Errorf("the journal has %v", entry)
	}
	if query, err := url.Parse(link); err != nil || query.Query().Get("SiteId") != "1234567890123" {
		t.Errorf("the link is %s (%v)", link, err)
	}
}

// Credentials are kept only if requested, and only for the tab.
func TestCredentialsAreKeptIfChosen(t *testing.T) {
	t.Parallel()
	p := open(t, start(t).Explorer).ready()
	p.set("key-id", "my-id")
	p.set("secret", "not-the-secret")
	p.do(chromedp.Reload())
	p.ready()
	if got := p.field("key-id") + " " + p.field("secret"); got != "testid testsecret" {
		t.Errorf("kept without a request: %s", got)
	}
	p.set("key-id", "my-id")
	p.set("secret", "not-the-secret")
	p.click("remember")
	p.do(chromedp.Reload())
	p.ready()
	if got := p.field("key-id") + " " + p.field("secret"); got != "my-id not-the-secret" {
		t.Errorf("not kept: %s", got)
	}
	p.click("remember")
	if n := value[int](p, "sessionStorage.length + localStorage.length"); n != 0 {
		t.Errorf("%d items are still kept", n)
	}
}

// Everything works by keyboard: skip link, tabs, form, call.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	p := open(t, start(t).Explorer).ready().example()
	active := func() string {
		return value[string](p, `document.activeElement.id || document.activeElement.className`)
	}
	press := func(keys ...string) {
		for _, key := range keys {
			p.do(chromedp.KeyEvent(key))
		}
	}
	value[bool](p, `document.activeElement.blur() ?? true`)
	value[bool](p, `document.getElementById("tab-call").focus() ?? true`)
	press(kb.ArrowRight)
	if got := active(); got != "tab-document" {
		t.Errorf("after → the focus is on %s", got)
	}
	p.waitUntilSeen("view-document")
	p.missing("view-call")
	press(kb.End)
	if got := active(); got != "tab-applications" {
		t.Errorf("after End the focus is on %s", got)
	}
	press(kb.ArrowRight)
	if got := active(); got != "tab-call" {
		t.Errorf("the tabs do not go round: %s", got)
	}
	for _, want := range []string{"p-SiteId", "p-Domains", "p-Type", "p-AlgType", "key-id", "secret", "token", "remember", "endpoint", "scheme", "method", "place", "call"} {
		press("\t")
		if got := active(); got != want {
			t.Errorf("Tab moves to %s, want %s", got, want)
		}
		p.see(want)
	}
	press("\r")
	p.untilHas("status", "200")
	p.announced("Answer: 200")
}

// The documentation is the contract's, with a policy for the site.
func TestDocument(t *testing.T) {
	t.Parallel()
	p := open(t, start(t).Explorer).ready()
	p.click("tab-document")
	p.has("policy", `"Resource": "acs:esa:*:*:site/*"`)
	p.click("tab-call")
	p.example()
	p.click("tab-document")
	var policy struct {
		Version   string
		Statement []struct{ Effect, Action, Resource string }
	}
	if err := json.Unmarshal([]byte(p.text("policy")), &policy); err != nil {
		t.Fatal(err)
	}
	if s := policy.Statement; policy.Version != "1" || len(s) != 1 || s[0].Effect != "Allow" || s[0].Action != "esa:ApplyCertificate" || s[0].Resource != "acs:esa:*:*:site/1234567890123" {
		t.Errorf("the policy is %+v", policy)
	}
	p.missing("#view-document details table")
	p.click("#view-document details > summary")
	p.has("#view-document details", "Which names are valid?")
	p.has("view-document", "List of domains, separated by commas.", "lets_encrypt: at most 50 names; plain names and wildcards", "TotalCount", "30000478",
		"The site is not activated, the process is not allowed.", "acs:esa:{#regionId}:{#accountId}:site/{#SiteId}")
	if n := value[int](p, `document.querySelectorAll('[aria-label="Errors of the operation"] tbody tr').length`); n != 15 {
		t.Errorf("%d rows", n)
	}
	for i := range 15 {
		p.see(fmt.Sprintf(`[aria-label="Errors of the operation"] tbody tr:nth-child(%d)`, i+1))
	}
}
