//go:build e2e

package samplestest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// exchange is a request as received, and the server's response.
type exchange struct {
	Method     string
	Parameters url.Values // of query and form
	InForm     bool       // the form has parameters
	Status     int
	Response   responseBody
}

// responseBody is the body of a response, accepted or rejected.
type responseBody struct {
	RequestID string `json:"RequestId"`
	Code      string
	Message   string
	SiteName  string
	Result    []struct {
		ID     string `json:"Id"`
		Domain string
		Status string
	}
}

// recorder is a proxy that keeps the Host header and records the exchanges.
type recorder struct {
	mu   sync.Mutex
	all  []exchange
	http *httptest.Server
}

func record(t *testing.T, target string) *recorder {
	t.Helper()
	address, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	pass := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL.Scheme, p.Out.URL.Host = address.Scheme, address.Host
		p.Out.URL.RawQuery = p.In.URL.RawQuery // unchanged, including invalid escapes
		p.Out.Host = p.In.Host                 // signed
	}}
	r.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		r.serve(t, pass, w, in)
	}))
	t.Cleanup(r.http.Close)
	return r
}

func (r *recorder) serve(t *testing.T, pass http.Handler, w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		t.Errorf("read a request: %v", err)
	}
	e := exchange{Method: in.Method}
	if e.Parameters, err = url.ParseQuery(in.URL.RawQuery); err != nil {
		t.Errorf("query %q: %v", in.URL.RawQuery, err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		t.Errorf("form %q: %v", body, err)
	}
	e.InForm = len(form) > 0
	for name, values := range form {
		e.Parameters[name] = append(e.Parameters[name], values...)
	}
	in.Body = io.NopCloser(bytes.NewReader(body))
	got := httptest.NewRecorder()
	pass.ServeHTTP(got, in)
	e.Status = got.Code
	if err := json.Unmarshal(got.Body.Bytes(), &e.Response); err != nil {
		t.Errorf("response %q: %v", got.Body, err)
	}
	r.mu.Lock()
	r.all = append(r.all, e)
	r.mu.Unlock()
	for name, values := range got.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// only returns the only exchange.
func (r *recorder) only(t *testing.T, out output) exchange {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) != 1 {
		t.Fatalf("the sample sent %d requests, want 1; it exited with %d and printed\n%s%s", len(r.all), out.code, out.stdout, out.stderr)
	}
	return r.all[0]
}
