package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/esacert/esacert/gen/esaops"
)

// choose selects an operation and waits for its form.
func (p *tab) choose(action string) {
	p.t.Helper()
	p.set("operation", action)
	p.untilReads("title", action)
}

// The page calls every operation with its documented example, and explains each
// response from the operation's own contract.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready()
	for _, op := range esaops.All() {
		p.choose(op.Action)
		p.click("tab-call")
		p.has("parameters", op.Parameters[0].Name)
		for _, parameter := range op.Parameters {
			p.see("p-" + parameter.Name)
		}
		p.example()
		p.call()
		entry := d.journal(t)
		if entry["action"] != op.Action || entry["method"] != op.Methods[0] {
			t.Errorf("%s: the journal has %v", op.Action, entry)
		}
		p.has("status", fmt.Sprint(entry["status"]))
		if entry["status"] == float64(http.StatusOK) {
			p.see("accepted")
		} else {
			explained := p.text("explained")
			if !strings.Contains(explained, "of the documented table") && !strings.Contains(explained, "of the operation") {
				t.Errorf("%s: the response is explained as %s", op.Action, explained)
			}
		}
		p.screenshot("operation-" + op.Action)
		p.click("tab-document")
		p.has("view-document", op.Action, op.RAMAction)
		if n := value[int](p, `document.querySelectorAll('[aria-label="Errors of the operation"] tbody tr').length`); n != len(op.Errors) {
			t.Errorf("%s: %d errors in the documentation, want %d", op.Action, n, len(op.Errors))
		}
		if got := string(fetch(t, value[string](p, `document.querySelector('#view-document a').href`))); !strings.Contains(got, "operationId: "+op.Action+"\n") {
			t.Errorf("%s: the document for download is %.200s", op.Action, got)
		}
		p.click("tab-call")
		p.click("tab-code")
		p.untilHas("sample-code", op.Action)
		for _, language := range languages {
			if s := p.sample(language); !strings.Contains(s.Code, op.Action) {
				t.Errorf("%s: the sample in %s is %s", op.Action, language, s.Code)
			}
		}
		p.click("tab-answer")
	}
}

// The operation is chosen with the keyboard, is part of the link, and keeps its
// form; the site is that of the form before.
func TestOperationInLink(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready().example()
	if value[bool](p, `location.search.includes("operation")`) {
		t.Error("the link of ApplyCertificate names the operation")
	}
	value[bool](p, `document.getElementById("operation").focus() ?? true`)
	p.do(chromedp.KeyEvent(kb.ArrowDown))
	p.untilReads("title", "DeleteCertificate")
	p.see(`#operation:focus`)
	p.choose("ListCertificates")
	p.announced("The form is that of ListCertificates.")
	if got := p.field("p-SiteId"); got != "1234567890123" {
		t.Errorf("the site is %q", got)
	}
	p.set("p-ValidOnly", "true")
	p.set("p-PageSize", "7")
	p.set("method", "GET")
	p.call()
	p.has("status", "200")
	p.has("accepted", "The call was accepted", "in total")
	if entry := d.journal(t); entry["action"] != "ListCertificates" || entry["method"] != "GET" {
		t.Errorf("the journal has %v", entry)
	}
	p.until(`["operation=ListCertificates", "ValidOnly=true", "PageSize=7", "method=GET"].every((s) => location.search.includes(s))`)

	other := open(t, value[string](p, "location.href")).ready()
	other.has("title", "ListCertificates")
	if got := other.field("operation") + other.field("p-ValidOnly") + other.field("p-PageSize") + other.field("method"); got != "ListCertificatestrue7GET" {
		t.Errorf("the link restores %s", got)
	}
	// The values of each operation are kept while the page is open.
	other.choose("ApplyCertificate")
	other.set("p-Domains", "kept.example.com")
	other.choose("ListCertificates")
	other.choose("ApplyCertificate")
	if got := other.field("p-Domains"); got != "kept.example.com" {
		t.Errorf("the domains are %q", got)
	}
	unknown := open(t, d.page("operation=CreateSite&SiteId=5")).ready()
	unknown.has("notice", "the operation CreateSite, which this server does not describe")
	unknown.has("title", "ApplyCertificate")
}

// Buttons for errors exist if a site can cause them.
func TestErrorsOfAnOperation(t *testing.T) {
	t.Parallel()
	p := open(t, start(t).Explorer).ready()
	p.choose("DeleteCertificate")
	p.click("#scenarios > summary")
	if n := value[int](p, `document.querySelectorAll("#rows button:not(:disabled)").length`); n != len(esaops.DeleteCertificate.Errors) {
		t.Errorf("%d buttons, want %d", n, len(esaops.DeleteCertificate.Errors))
	}
	p.click("row-3")
	if got := p.field("p-SiteId") + " " + p.field("p-Id"); got != "4000000000003 babaded901474b9693acf530e0fb1d95" {
		t.Errorf("the button fills in %s", got)
	}
	p.choose("ListSites")
	p.missing("scenarios")
}

// A server that stops does not leave a form of one operation under the name of
// another.
func TestChooseWithoutServer(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready()
	d.stop()
	value[bool](p, `(() => { const e = document.getElementById("operation"); e.value = "GetSite"; e.dispatchEvent(new Event("input")); return true; })()`)
	p.untilHas("notice", "The server cannot be reached")
	if got := p.field("operation") + " " + p.text("title"); got != "ApplyCertificate ApplyCertificate" {
		t.Errorf("the page shows %s", got)
	}
}

// upload is a certificate and its key as PEM.
type upload struct{ certificate, key string }

func newUpload(t *testing.T, name string) upload {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 2, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return upload{
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
	}
}

// The private key is sent in the form body, and shown nowhere: not in the address,
// the storage, the request, the samples, the response or the journal.
func TestPrivateKeyIsNotShown(t *testing.T) {
	t.Parallel()
	d := start(t)
	up := newUpload(t, "www.example.com")
	lines := strings.Split(up.key, "\n")
	secret := lines[1][8:40] // of the key's own bytes
	shown := func(p *tab, where string) {
		t.Helper()
		seen := value[string](p, `[location.href, JSON.stringify([{ ...sessionStorage }, { ...localStorage }]), document.body.innerText, [...document.querySelectorAll("pre")].map((e) => e.textContent).join("\n")].join("\n")`)
		for _, form := range []string{secret, strings.ReplaceAll(secret, "+", "%2B"), "MIGH", "BEGIN%20PRIVATE", "BEGIN PRIVATE KEY-----\\n"} {
			if strings.Contains(seen, form) {
				t.Errorf("%s: the page shows the private key (%q)", where, form)
			}
		}
	}
	p := open(t, d.page("operation=SetCertificate&place=query")).ready()
	if got := p.field("place"); got != "form" {
		t.Errorf("a link sends the private key in the %s", got)
	}
	p.click("remember")
	p.set("p-SiteId", "1234567890123")
	p.set("p-Type", "upload")
	p.set("p-Certificate", up.certificate)
	p.set("p-PrivateKey", up.key)
	if got := value[string](p, `getComputedStyle(document.getElementById("p-PrivateKey")).webkitTextSecurity`); got != "disc" {
		t.Errorf("the key is readable in its field: %s", got)
	}
	for i, scheme := range []string{"acs3", "rpc"} {
		p.set("scheme", scheme)
		p.set("p-Name", fmt.Sprintf("upload-%d", i))
		p.click("tab-request")
		p.untilHas("request-wire", fmt.Sprintf("Name=upload-%d&PrivateKey=***&", i))
		shown(p, scheme+" request")
		p.click("tab-code")
		for _, language := range languages {
			s := p.sample(language)
			if !strings.Contains(s.Code, "private-key.pem") {
				t.Errorf("%s: the sample does not read the key from a file: %s", language, s.Code)
			}
			shown(p, scheme+" sample "+language)
		}
		p.call()
		p.has("status", "200")
		shown(p, scheme+" response")
		entry := d.journal(t)
		data, err := json.Marshal(entry)
		if err != nil || entry["action"] != "SetCertificate" || strings.Contains(string(data), secret) {
			t.Errorf("the journal has %s, %v", data, err)
		}
		p.set("secret", "not-the-secret")
		p.call()
		p.has("code", "SignatureDoesNotMatch")
		p.has("parted", "the secret is not the one of this access key id")
		shown(p, scheme+" wrong secret")
		p.set("secret", "testsecret")
	}
	p.screenshot("SetCertificate")
	if got := p.field("p-PrivateKey"); got != up.key {
		t.Error("the field lost the key")
	}

	// The curl line sends what was signed.
	p.set("p-Name", "by-curl")
	p.click("tab-code")
	p.untilHas("sample-code", "by-curl")
	s := p.sample("curl")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "private-key.pem"), []byte(up.key), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", s.Code)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"Id":`) {
		t.Errorf("curl: %v %s\n%s", err, out, s.Code)
	}
	if entry := d.journal(t); entry["status"] != float64(http.StatusOK) {
		t.Errorf("the journal has %v", entry)
	}
}

// The page is usable with a long form, in both colors and on a narrow screen.
func TestAppearanceOfOperations(t *testing.T) {
	t.Parallel()
	d := start(t)
	for _, action := range []string{"ListSites", "SetCertificate"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1600, 360} {
				name := fmt.Sprintf("form-%s-%s-%d", action, scheme, width)
				p := open(t, d.page("operation="+action), colours(scheme), chromedp.EmulateViewport(width, 1000)).ready().example()
				if wide := value[int](p, "document.documentElement.scrollWidth"); wide > int(width) {
					t.Errorf("%s is %d wide", name, wide)
				}
				p.axe(name)
				value[bool](p, `(scrollTo(0, 0), true)`)
				p.inWindow("operation")
				p.screenshot(name)
			}
		}
	}
}
