package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store/sqlite"
)

const (
	site  = servertest.SiteID
	noRow = ""
)

// newServer serves testdata/states.yaml.
func newServer(t testing.TB, options ...servertest.Option) *servertest.Server {
	t.Helper()
	return servertest.New(t, append([]servertest.Option{servertest.WithConfig(string(states(t)))}, options...)...)
}

func states(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/states.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// request is a call without an SDK. Zero fields have the values of a correct client.
type request struct {
	method  string // POST
	path    string // /
	query   string
	body    string
	form    bool // sets the content type of the body
	header  http.Header
	key     signature.Key      // testid / testsecret
	rpc     bool               // signature 1.0 instead of ACS3
	variant []signature.Option // another hash of the scheme
	at      time.Time          // the server's clock
	nonce   string             // default: unique
	action  string             // ApplyCertificate; "-" for none
	version string             // 2024-09-10; "-" for none
	unsign  bool
	tamper  func(*http.Request) // after signing
}

func either(value, standard string) string {
	switch value {
	case "":
		return standard
	case "-":
		return ""
	}
	return value
}

func params(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func validQuery(domains string) string {
	return params("SiteId", strconv.FormatInt(site, 10), "Domains", domains, "Type", "lets_encrypt")
}

// build returns the signed request.
func (q request) build(t testing.TB, srv *servertest.Server, base string) *http.Request {
	t.Helper()
	target := base + either(q.path, "/")
	query := q.query
	if q.rpc {
		if action := either(q.action, esaops.ApplyCertificate.Action); action != "" {
			query += "&Action=" + action
		}
		if version := either(q.version, esaapi.Version); version != "" {
			query += "&Version=" + version
		}
	}
	if query != "" {
		target += "?" + query
	}
	r, err := http.NewRequest(either(q.method, http.MethodPost), target, bytes.NewReader([]byte(q.body)))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	if q.form {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if !q.rpc {
		if action := either(q.action, esaops.ApplyCertificate.Action); action != "" {
			r.Header.Set("X-Acs-Action", action)
		}
		if version := either(q.version, esaapi.Version); version != "" {
			r.Header.Set("X-Acs-Version", version)
		}
	}
	if !q.unsign {
		q.sign(t, srv, r)
	}
	if q.tamper != nil {
		q.tamper(r)
	}
	return r
}

func (q request) sign(t testing.TB, srv *servertest.Server, r *http.Request) {
	t.Helper()
	key, at, nonce := q.key, q.at, q.nonce
	if key == (signature.Key{}) {
		key = signature.Key{ID: servertest.AccessKeyID, Secret: servertest.AccessKeySecret}
	}
	if at.IsZero() {
		at = srv.Clock.Now()
	}
	if nonce == "" {
		nonce = t.Name() + strconv.FormatInt(time.Now().UnixNano(), 36)
	}
	sign := signature.SignACS3
	if q.rpc {
		sign = signature.SignRPC
	}
	if err := sign(r, []byte(q.body), key, at, nonce, q.variant...); err != nil {
		t.Fatalf("sign: %v", err)
	}
}

// response is a parsed response.
type response struct {
	status int
	header http.Header
	body   []byte
	err    esaapi.Error
	ok     esaapi.ApplyCertificateResponseBody
}

// send sends without a socket.
func (q request) send(t testing.TB, srv *servertest.Server) response {
	t.Helper()
	response, err := srv.Transport().RoundTrip(q.build(t, srv, "http://esa.test"))
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	return readResponse(t, response)
}

func readResponse(t testing.TB, r *http.Response) response {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
	a := response{status: r.StatusCode, header: r.Header, body: body}
	var into any = &a.err
	if a.status == http.StatusOK {
		into = &a.ok
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("status %d, a body that is not documented: %v\n%s", a.status, err, body)
	}
	return a
}

// checkRefused checks a response, and the rule in the journal, against an error of the
// contract. A mismatched signature may have a longer message.
func checkRefused(t testing.TB, srv *servertest.Server, a response, want *esaerrors.Error) {
	t.Helper()
	message := a.err.Message
	if want.Code == "SignatureDoesNotMatch" && len(message) > len(want.Message) {
		message = message[:len(want.Message)]
	}
	if a.status != want.Status || a.err.Code != want.Code || message != want.Message {
		t.Errorf("got %d %s %q\nwant %d %s %q\n(journal: %s)", a.status, a.err.Code, a.err.Message, want.Status, want.Code, want.Message, srv.LastEntry().Detail)
	}
	checkEnvelope(t, srv, a)
	if last := srv.LastEntry(); last.Rule != want.Key || last.Status != want.Status {
		t.Errorf("the journal has rule %s, status %d; want %s, %d", last.Rule, last.Status, want.Key, want.Status)
	}
}

// checkEnvelope checks what all responses have in common.
func checkEnvelope(t testing.TB, srv *servertest.Server, a response) {
	t.Helper()
	id := a.err.RequestID
	if a.status == http.StatusOK {
		id = a.ok.RequestID
	}
	if last := srv.LastEntry(); id == "" || a.header.Get("X-Acs-Request-Id") != id || last.RequestID != id {
		t.Errorf("request id: body %q, header %q, journal %q", id, a.header.Get("X-Acs-Request-Id"), last.RequestID)
	}
	if got := a.header.Get("Content-Type"); got != "application/json;charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	if len(a.header.Get("X-Acs-Trace-Id")) != 32 {
		t.Errorf("x-acs-trace-id is %q", a.header.Get("X-Acs-Trace-Id"))
	}
}

// debugLogger logs at all levels.
func debugLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func stsKey() signature.Key {
	return signature.Key{ID: "STS.one", Secret: "stssecret", SecurityToken: "sts-token-one"}
}

// startServer returns a server without servertest, with random IDs.
func startServer(t *testing.T) http.Handler {
	t.Helper()
	cfg, err := config.Parse(config.Example(), "example")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: ":memory:"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	srv, err := server.New(t.Context(), server.Options{Config: cfg, Store: db})
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func recordResponse(t *testing.T, h http.Handler) esaapi.Error {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	var body esaapi.Error
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return body
}
