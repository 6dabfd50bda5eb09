package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// proxy starts a proxy between page and server that handles calls of the API
// itself, and passes the rest on. It keeps the Host of the page's request.
func proxy(t *testing.T, d *daemon, api func(pass http.Handler, w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	target, err := url.Parse(d.Listen)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			api(proxy, w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return d.behind(srv.URL)
}

// good sends a call that is accepted, to check that the page is still usable.
func (p *tab) good(name string) {
	p.t.Helper()
	p.example()
	p.set("p-Domains", name)
	p.call()
	p.has("status", "200")
}

func TestServerStopped(t *testing.T) {
	t.Parallel()
	// The page sees the address of a proxy, which the test keeps: the address of a
	// stopped server may be reused.
	var running atomic.Pointer[daemon]
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := running.Load()
		if d == nil {
			panic(http.ErrAbortHandler) // closes the connection
		}
		httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: d.address()}).ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	d := start(t)
	running.Store(d)
	p := open(t, d.behind(front.URL)).ready()
	p.good("before.example.com")
	running.Store(nil)
	d.stop()
	p.set("p-Domains", "after.example.com")
	p.call()
	p.has("failure", "No whole answer came from "+front.URL, "Is the server running?", "The form is kept")
	p.screenshot("server-stopped")
	p.click("tab-log")
	p.untilHas("log-told", "cannot be reached")
	p.click("tab-applications")
	p.untilHas("applications-told", "cannot be reached")
	// The server returns at the same address, and the page continues.
	running.Store(start(t))
	p.click("tab-call")
	if got := p.field("p-Domains"); got != "after.example.com" {
		t.Errorf("the form has %q", got)
	}
	p.call()
	p.has("status", "200")
}

// A truncated response counts as missing.
func TestTruncatedResponse(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready().example()
	response, err := http.Post(d.Admin+"/scenarios", "application/json", strings.NewReader(`{"fault": "cut-body"}`))
	if err != nil || response.StatusCode != http.StatusCreated {
		t.Fatal(response, err)
	}
	response.Body.Close()
	p.call()
	p.has("failure", "No whole answer came")
	p.good("whole.example.com")
}

func TestUnexpectedResponses(t *testing.T) {
	t.Parallel()
	large := `{"RequestId":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, tc := range []struct {
		name   string
		status int
		kind   string
		body   string
		in     string
		want   []string
	}{
		{"HTML", 502, "text/html", "<html><body><h1>502 Bad Gateway</h1><script>document.title='run'</script></body></html>", "explained", []string{"is an HTML page", "a proxy, a load balancer"}},
		{"HTML with 200", 200, "text/html", "<!doctype html><img src=x onerror=\"document.title='run'\">", "explained", []string{"is an HTML page"}},
		{"empty", 200, "application/json", "", "explained", []string{"is empty"}},
		{"half", 200, "application/json", `{"RequestId": "1`, "explained", []string{"is no JSON object (application/json)"}},
		{"a list", 200, "application/json", `[1]`, "answer-body", []string{"1"}},
		{"an unknown error", 400, "application/json", `{"Code":"Brand.New","Message":"<b>new</b>","RequestId":"1"}`, "explained", []string{"An error that the contract does not have", "<b>new</b>"}},
		{"1 MB", 200, "application/json", large, "pane-answer", []string{"1049 kB", "its beginning is shown", "Show all of it"}},
		{"odd fields", 200, "application/json", `{"Result":[null,{"Domain":5}],"RequestId":{}}`, "pane-answer", []string{"2 applications were accepted"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			odd := true
			address := proxy(t, start(t), func(pass http.Handler, w http.ResponseWriter, r *http.Request) {
				if !odd {
					pass.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", tc.kind)
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			p := open(t, address).ready().example()
			p.call()
			p.has("status", fmt.Sprint(tc.status))
			p.has(tc.in, tc.want...)
			if title := value[string](p, "document.title"); title == "run" {
				t.Error("the markup in the response was executed")
			}
			if strings.Contains(tc.body, "1 MB") || len(tc.body) > 1<<20 {
				p.click(".more")
				p.missing(".more")
				if n := len(p.text("answer-body")); n <= 1<<20 {
					t.Errorf("%d characters are shown", n)
				}
			}
			odd = false
			p.good("odd.example.com")
		})
	}
}

// The server rejects a call of 1 MB, and the page explains why.
func TestLargeCall(t *testing.T) {
	t.Parallel()
	p := open(t, start(t).Explorer).ready().example()
	value[bool](p, `(() => { const e = document.getElementById("p-Domains"); e.value = "www.example.com,".repeat(70000); e.dispatchEvent(new Event("input", { bubbles: true })); return true; })()`)
	p.call()
	p.has("status", "414")
	p.has("explained", "RequestURITooLong", "form body")
	p.set("place", "form")
	p.call()
	p.has("status", "413")
	p.has("pane-answer", "too large")
	p.set("place", "query")
	p.good("small.example.com")
}

func TestMarkupAsInput(t *testing.T) {
	t.Parallel()
	d := start(t)
	const markup = `<script>document.title="run"</script><img src=x onerror=document.title="run">`
	p := open(t, d.page("Domains="+url.QueryEscape(markup)+"&view="+url.QueryEscape(markup)+"&Type="+url.QueryEscape(markup)+"&application="+url.QueryEscape(markup))).ready()
	p.set("p-SiteId", "1234567890123")
	p.set("p-Type", "lets_encrypt")
	p.call()
	p.has("code", "InvalidParameter.Domains")
	p.has("explained", "InvalidParameter.Domains.Malformed")
	for _, pane := range []string{"tab-request", "tab-code", "tab-document"} {
		p.click(pane)
	}
	p.click("tab-log")
	p.waitUntilSeen("#log-list button")
	p.click("#log-list button")
	p.waitUntilSeen("#log-details dl")
	p.has("log-details", "InvalidParameter.Domains.Malformed")
	p.set("log-filter", markup)
	if title := value[string](p, "document.title"); title == "run" {
		t.Error("the markup was run")
	}
	if n := value[int](p, `document.querySelectorAll("body script, main img").length`); n != 0 {
		t.Errorf("the markup created %d elements", n)
	}
}

func TestContractDoesNotLoad(t *testing.T) {
	t.Parallel()
	d := start(t)
	target, err := url.Parse(d.Listen)
	if err != nil {
		t.Fatal(err)
	}
	broken := true
	proxy := httputil.NewSingleHostReverseProxy(target)
	for _, tc := range []struct {
		name, want string
		respond    http.HandlerFunc
	}{
		{"missing", "status 404", http.NotFound},
		{"not JSON", "the response is not JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }},
		{"another document", "it has no operation at /", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"paths":{}}`) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			broken = true
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if broken && r.URL.Path == "/explorer/contract.json" {
					tc.respond(w, r)
					return
				}
				proxy.ServeHTTP(w, r)
			}))
			defer srv.Close()
			p := open(t, d.behind(srv.URL))
			p.waitUntilSeen("#notice .notice")
			p.has("notice", "The description of the operation could not be read", tc.want, "Try again")
			broken = false
			p.click("#notice button")
			p.ready()
			p.good(strings.ReplaceAll(strings.ToLower(tc.name), " ", "-") + ".example.com")
		})
	}
}

// A clock that is off by an hour is detected and reported.
func TestClock(t *testing.T) {
	t.Parallel()
	d := start(t)
	for hours, want := range map[int]string{1: "60 minutes ahead of the server", -1: "60 minutes behind the server"} {
		shift := fmt.Sprintf(`{ const Real = Date; globalThis.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(Real.now() + %d * 3600000); } }; }`, hours)
		p := open(t, d.Explorer, command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: shift})).ready().example()
		for _, scheme := range []string{"acs3", "rpc"} {
			p.set("scheme", scheme)
			p.call()
			p.has("code", "Unauthorized.InvalidTime")
			p.has("explained", "Row 13")
			p.has("clock", want)
		}
	}
}

// A change in transit is marked on both sides.
func TestChangedOnTheWay(t *testing.T) {
	t.Parallel()
	address := proxy(t, start(t), func(pass http.Handler, w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "www", "wxw", 1)
		pass.ServeHTTP(w, r)
	})
	for _, scheme := range []string{"acs3", "rpc"} {
		p := open(t, address).ready().example()
		p.set("scheme", scheme)
		p.call()
		p.has("code", "SignatureDoesNotMatch")
		p.has("parted", "The two sides signed different texts")
		p.see("#ours-text mark")
		p.see("#theirs-text mark")
		marks := value[[]string](p, `["ours", "theirs"].map((n) => [...document.querySelectorAll("#" + n + "-text mark")].map((m) => eyes.text(m)).join("|"))`)
		if len(marks) != 2 || marks[0] != "w" || marks[1] != "x" {
			t.Errorf("%s: marked are %q", scheme, marks)
		}
		p.screenshot("changed-on-the-way-" + scheme)
	}
}

// A proxy that rewrites the Host header is named, by the page and by the journal.
func TestHostRewrittenOnTheWay(t *testing.T) {
	t.Parallel()
	d := start(t)
	address := proxy(t, d, func(pass http.Handler, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			r.Host = "upstream.internal"
		}
		pass.ServeHTTP(w, r)
	})
	p := open(t, address).ready().example()
	p.call()
	p.has("code", "SignatureDoesNotMatch")
	p.has("hosts", "Signed for host 127.0.0.1:")
	p.has("hosts", "received for host upstream.internal")
}

// The page cannot call another host; the request is still signed.
func TestAnotherEndpoint(t *testing.T) {
	t.Parallel()
	p := open(t, start(t).Explorer).ready().example()
	for _, tc := range []struct{ endpoint, want string }{
		{"https://esa.cn-hangzhou.aliyuncs.com", "A page may call only the server that it comes from"},
		{"not a url", "Endpoint must be a URL of a host"},
		{"ftp://x", "Endpoint must be a URL of a host"},
	} {
		p.set("endpoint", tc.endpoint)
		p.has("endpoint-help", tc.want)
		p.call()
		p.has("failure", "Nothing was sent", tc.want)
	}
	p.set("endpoint", "https://esa.cn-hangzhou.aliyuncs.com")
	p.call()
	p.has("failure", "The curl line")
	p.click("#failure button:last-of-type")
	p.has("canonical-request", "\nhost:esa.cn-hangzhou.aliyuncs.com\n")
	p.click("tab-answer")
	p.click("#failure button")
	p.untilHas("sample-code", "https://esa.cn-hangzhou.aliyuncs.com/?")
	if n := p.called(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A number that JavaScript would round is sent as typed.
func TestNumbersStayAsTheyAre(t *testing.T) {
	t.Parallel()
	d := start(t)
	p := open(t, d.Explorer).ready().example()
	p.set("p-SiteId", "9223372036854775807")
	p.call()
	p.has("code", "SiteNotFound")
	if site := d.journal(t)["site_id"]; site != "9223372036854775807" {
		t.Errorf("the journal has %v", site)
	}
	p.set("p-SiteId", "abc")
	p.has("p-SiteId-hint", "This is not an integer; it is sent unchanged.")
	p.call()
	p.has("code", "InvalidSiteId")
	p.set("p-SiteId", "")
	p.call()
	p.has("code", "MissingSiteId")
}
