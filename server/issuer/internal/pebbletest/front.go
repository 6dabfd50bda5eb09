package pebbletest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// Paths of Pebble's service. Source: wfe.go of pebble v2.10.1.
const (
	pathNonce    = "/nonce-plz"
	pathAccount  = "/sign-me-up"
	pathNewOrder = "/order-plz"
	pathOrder    = "/my-order/"
	pathFinalize = "/finalize-order/"
)

// Counts are the requests that Pebble has taken.
type Counts struct {
	Accounts  int            // made
	Orders    int            // opened
	Finalized map[string]int // times that an order was finalized, by its id
	NotReady  int            // requests to finalize an order that was not ready, or no longer
	BadNonces int            // nonces that were refused on purpose
	Renewals  int            // orders that named a certificate to replace
}

// Counts gives what was counted so far.
func (p *Pebble) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counts
	c.Finalized = maps.Clone(c.Finalized)
	return c
}

// ServeHTTP puts the faults in front of Pebble, and counts.
func (p *Pebble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.o.Intercept != nil && p.o.Intercept(w, r) {
		return
	}
	if r.Method == http.MethodPost && p.unlucky() {
		p.refuseNonce(w, r)
		return
	}
	renews := r.URL.Path == pathNewOrder && renewal(r)
	answer := p.serve(r)
	p.count(r.URL.Path, answer.Code, renews)
	body := answer.Body.Bytes()
	if id, ok := strings.CutPrefix(r.URL.Path, pathOrder); ok && p.inProcess(id) {
		body = p.processing(answer.Header(), body)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}

// serve lets Pebble answer, one request at a time. Two at once for the same
// order bring it down: the request for an order locks the order and then its
// authorizations, the one for an authorization does it the other way round; and
// two requests to finalize it may both find it ready.
func (p *Pebble) serve(r *http.Request) *httptest.ResponseRecorder {
	p.serving.Lock()
	defer p.serving.Unlock()
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, r)
	return answer
}

func (p *Pebble) unlucky() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.BadNonces == 0 || p.random.Float64() >= p.o.BadNonces {
		return false
	}
	p.counts.BadNonces++
	return true
}

func (p *Pebble) refuseNonce(w http.ResponseWriter, r *http.Request) {
	fresh := httptest.NewRecorder()
	p.handler.ServeHTTP(fresh, httptest.NewRequestWithContext(r.Context(), http.MethodHead, "https://"+r.Host+pathNonce, nil))
	w.Header().Set("Replay-Nonce", fresh.Header().Get("Replay-Nonce"))
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, `{"type":"urn:ietf:params:acme:error:badNonce","detail":"an unlucky nonce","status":400}`)
}

// renewal tells whether a request names a certificate to replace. It leaves the
// request as it was.
func renewal(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var signed struct {
		Payload string `json:"payload"`
	}
	if err != nil || json.Unmarshal(body, &signed) != nil {
		return false
	}
	payload, err := base64.RawURLEncoding.DecodeString(signed.Payload)
	var order struct {
		Replaces string `json:"replaces"`
	}
	return err == nil && json.Unmarshal(payload, &order) == nil && order.Replaces != ""
}

func (p *Pebble) count(path string, code int, renews bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, finalize := strings.CutPrefix(path, pathFinalize)
	switch {
	case path == pathAccount && code == http.StatusCreated:
		p.counts.Accounts++
	case path == pathNewOrder && code == http.StatusCreated:
		p.counts.Orders++
		if renews {
			p.counts.Renewals++
		}
	case finalize && code == http.StatusOK:
		p.counts.Finalized[id]++
		p.done[id] = time.Now()
	case finalize && code == http.StatusForbidden:
		p.counts.NotReady++
	}
}

func (p *Pebble) inProcess(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, found := p.done[id]
	return found && time.Since(at) < p.o.OrderTime
}

// processing makes an order look as if its certificate were not there yet.
func (p *Pebble) processing(header http.Header, body []byte) []byte {
	var order map[string]any
	if err := json.Unmarshal(body, &order); err != nil || order["status"] != "valid" {
		return body
	}
	order["status"] = "processing"
	delete(order, "certificate")
	if p.o.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(p.o.RetryAfter))
	}
	slow, err := json.Marshal(order)
	if err != nil {
		panic(fmt.Sprintf("pebbletest: %v", err)) // it was JSON
	}
	header.Del("Content-Length")
	return slow
}
