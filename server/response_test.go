package server_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
)

// Header fields as the vendor's gateway sends them, in its spelling.
func TestHeadersOnTheWire(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	response, err := http.DefaultClient.Do(request{query: validQuery("www.example.com")}.build(t, srv, srv.URL()))
	if err != nil {
		t.Fatal(err)
	}
	a := readResponse(t, response)
	for name, want := range map[string]string{
		"Content-Type": "application/json;charset=utf-8", "Connection": "keep-alive", "Keep-Alive": "timeout=25",
		"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "*", "X-Acs-Request-Id": a.ok.RequestID,
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"Server", "Content-Encoding", "X-Powered-By"} {
		if got := a.header.Get(name); got != "" {
			t.Errorf("%s is %q", name, got)
		}
	}
	sum := md5.Sum(a.body)
	length := len(a.body)
	want := string(rune('0'+length/100)) + base64.StdEncoding.EncodeToString(sum[:])[:22] + string(rune('0'+length%10))
	if got := a.header.Get("Etag"); got != want {
		t.Errorf("ETag is %q, want %q", got, want)
	}
	if a.body[len(a.body)-1] == '\n' {
		t.Error("the body ends in a line end")
	}
}

// The fields of a refusal, in the order of the back end's responses, with & as it
// is.
func TestErrorBody(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	a := request{query: params("SiteId", "404", "Domains", "www.example.com")}.send(t, srv)
	want := `{"RequestId":"00000000-0000-5000-8000-000000000001","HostId":"esa.cn-hangzhou.aliyuncs.com",` +
		`"Code":"SiteNotFound","Message":"The specified site is not found.",` +
		`"Recommend":"https://api.aliyun.com/troubleshoot?q=SiteNotFound&product=ESA&requestId=00000000-0000-5000-8000-000000000001"}`
	if string(a.body) != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if etag := a.header.Get("Etag"); etag != "" {
		t.Errorf("a refusal has the ETag %q", etag)
	}
}

// Without host_id in the configuration HostId is the host that was called.
func TestHostIDIsTheHostThatWasCalled(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	a := request{query: params("SiteId", "404", "Domains", "x.y")}.send(t, srv)
	if a.err.HostID == nil || *a.err.HostID != "esa.test" {
		t.Errorf("body is %s", a.body)
	}
}

func TestRequestIDsAreUpperCaseUUIDs(t *testing.T) {
	t.Parallel()
	uuid := regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)
	seen := map[string]bool{}
	handler := startServer(t)
	for range 100 {
		body := recordResponse(t, handler)
		if !uuid.MatchString(body.RequestID) || seen[body.RequestID] {
			t.Fatalf("request id %q", body.RequestID)
		}
		seen[body.RequestID] = true
	}
}

// Reload changes what is served from the next request on.
func TestReload(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	example := validQuery("www.example.com")
	checkRefused(t, srv, request{query: params("SiteId", "9", "Domains", "www.second.example")}.send(t, srv), esaerrors.SiteNotFound)
	srv.Reload(`
accounts:
  - id: "1"
    access_keys: [{id: testid, secret: testsecret}]
    plans: [{id: p, quotas: {lets_encrypt: 1}}]
    sites: [{id: 9, name: second.example, plan: p}]
`)
	checkRefused(t, srv, request{query: example}.send(t, srv), esaerrors.SiteNotFound)
	if a := (request{query: params("SiteId", "9", "Domains", "www.second.example")}).send(t, srv); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Nothing that the server keeps or logs shows a secret.
func TestNoSecretInTheJournalOrTheLog(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	srv := newServer(t, servertest.WithLogger(debugLogger(&log)))
	for _, q := range []request{
		{}, {rpc: true}, {tamper: inQuery("www", "xxx")}, {rpc: true, tamper: inQuery("www", "xxx")},
		{key: stsKey(), tamper: inQuery("www", "xxx")}, {key: stsKey(), rpc: true, tamper: inQuery("www", "xxx")},
		{unsign: true, header: http.Header{"X-Acs-Bearer-Token": {"bearer-one"}}},
	} {
		q.query = validQuery("www.example.com")
		q.send(t, srv)
	}
	journal, err := json.Marshal(srv.Journal())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"testsecret", "stssecret", "sts-token-one", "bearer-one"} {
		if strings.Contains(string(journal), secret) || strings.Contains(log.String(), secret) {
			t.Errorf("%s shows in %s\n%s", secret, journal, log.String())
		}
	}
	if log.Len() == 0 {
		t.Error("nothing was logged at level debug")
	}
}
