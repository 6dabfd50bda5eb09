package pebbletest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/letsencrypt/pebble/v2/acme"
	"github.com/letsencrypt/pebble/v2/core"
)

// Paths of Pebble. Source: wfe.go of pebble v2.10.1.
const (
	pathNonce    = "/nonce-plz"
	pathAccount  = "/sign-me-up"
	pathNewOrder = "/order-plz"
	pathOrder    = "/my-order/"
	pathFinalize = "/finalize-order/"
)

// Counts are counts of requests that Pebble has processed.
type Counts struct {
	Accounts  int            // accounts created
	Orders    int            // orders created
	Finalized map[string]int // successful finalize requests by order id
	NotReady  int            // finalize requests for an order that was not, or no longer, ready
	BadNonces int            // nonces rejected by fault injection
	Renewals  int            // orders with the field replaces
}

// Counts returns a copy of the current counts.
func (p *Pebble) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.counts
	c.Finalized = maps.Clone(c.Finalized)
	return c
}

// Wait waits until no request is in progress. Requests are completed even if the
// client has closed its connection.
func (p *Pebble) Wait() {
	p.inProgress.Lock()
	defer p.inProgress.Unlock()
}

// ServeHTTP injects the faults, passes the request to Pebble and counts it.
func (p *Pebble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.inProgress.RLock()
	defer p.inProgress.RUnlock()
	if p.o.Intercept != nil && p.o.Intercept(w, r) {
		return
	}
	if r.Method == http.MethodPost && p.drawBadNonce() {
		p.respondBadNonce(w, r)
		return
	}
	renews := r.URL.Path == pathNewOrder && isRenewal(r)
	response := p.serve(r)
	p.count(r.URL.Path, response.Code, renews)
	body := response.Body.Bytes()
	if id, ok := strings.CutPrefix(r.URL.Path, pathOrder); ok {
		body = p.asProcessing(id, response.Header(), body)
	}
	maps.Copy(w.Header(), response.Header())
	w.WriteHeader(response.Code)
	_, _ = w.Write(body) //nolint:gosec // G705: the JSON of Pebble, for an ACME client in a test
}

// serve passes the request to Pebble, one request at a time. Concurrent requests
// for one order can deadlock it: a request for an order locks the order and then
// its authorizations, a request for an authorization locks them in reverse. Two
// concurrent finalize requests may also both find the order ready.
func (p *Pebble) serve(r *http.Request) *httptest.ResponseRecorder {
	p.serving.Lock()
	defer p.serving.Unlock()
	if id, ok := strings.CutPrefix(r.URL.Path, pathOrder); ok {
		p.waitSettled(r.Context(), id)
	}
	response := httptest.NewRecorder()
	p.handler.ServeHTTP(response, r)
	return response
}

func (p *Pebble) drawBadNonce() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.BadNonces == 0 || p.random.Float64() >= p.o.BadNonces {
		return false
	}
	p.counts.BadNonces++
	return true
}

func (p *Pebble) respondBadNonce(w http.ResponseWriter, r *http.Request) {
	fresh := httptest.NewRecorder()
	p.handler.ServeHTTP(fresh, httptest.NewRequestWithContext(r.Context(), http.MethodHead, "https://"+r.Host+pathNonce, nil))
	w.Header().Set("Replay-Nonce", fresh.Header().Get("Replay-Nonce"))
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, `{"type":"urn:ietf:params:acme:error:badNonce","detail":"injected badNonce","status":400}`)
}

// isRenewal reports whether a newOrder request has the field replaces. The body
// remains readable.
func isRenewal(r *http.Request) bool {
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

func (p *Pebble) count(to string, code int, renews bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, finalize := strings.CutPrefix(to, pathFinalize)
	switch {
	case to == pathAccount && code == http.StatusCreated:
		p.counts.Accounts++
	case to == pathNewOrder && code == http.StatusCreated:
		p.counts.Orders++
		if renews {
			p.counts.Renewals++
		}
	case finalize && code == http.StatusOK:
		p.counts.Finalized[id]++
	case finalize && code == http.StatusForbidden:
		p.counts.NotReady++
	}
}

// asProcessing changes a valid order to processing for the first ProcessingPolls
// polls.
func (p *Pebble) asProcessing(id string, header http.Header, body []byte) []byte {
	var order map[string]any
	if err := json.Unmarshal(body, &order); err != nil || order["status"] != acme.StatusValid || !p.showsProcessing(id) {
		return body
	}
	if p.o.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(p.o.RetryAfter))
	}
	order["status"] = acme.StatusProcessing
	delete(order, "certificate")
	changed, err := json.Marshal(order)
	if err != nil {
		panic(fmt.Sprintf("pebbletest: %v", err)) // it was JSON
	}
	header.Del("Content-Length")
	return changed
}

func (p *Pebble) showsProcessing(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.polls[id]++
	return p.polls[id] <= p.o.ProcessingPolls
}

// waitSettled waits until Pebble has stored the result of an order in processing,
// or until the client is gone. Without it, the result of a test would depend on
// the speed of the machine. Pebble sends no notification, so waitSettled polls.
func (p *Pebble) waitSettled(ctx context.Context, id string) {
	order := p.accounts.GetOrderByID(id)
	for order != nil && ctx.Err() == nil && !p.settled(order) {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// settled reports whether Pebble is not working on an order: it has indexed the
// certificate and marked the one it replaces. Pebble does both shortly after the
// order becomes valid, and a renewal in between would be rejected wrongly. After
// a failed validation, the order has its error too: a request for the order
// before that can deadlock Pebble.
func (p *Pebble) settled(order *core.Order) bool {
	order.RLock()
	begun, certificate, replaces := order.BeganProcessing, order.CertificateObject, order.Replaces
	authorizations, failed := order.AuthorizationObjects, order.Error
	order.RUnlock()
	if !begun {
		return failed != nil || !slices.ContainsFunc(authorizations, isInvalid)
	}
	if certificate == nil {
		return false
	}
	if _, err := p.accounts.GetOrderByIssuedSerial(certificate.ID); err != nil || !p.indexReplacedOrder(order) {
		return false
	}
	_, number, _ := strings.Cut(replaces, ".") // RFC 9773, section 4.1
	serial, err := base64.RawURLEncoding.DecodeString(number)
	if err != nil || len(serial) == 0 {
		return true
	}
	replaced, err := p.accounts.GetOrderByIssuedSerial(hex.EncodeToString(serial))
	if err != nil {
		return true
	}
	replaced.RLock()
	defer replaced.RUnlock()
	return replaced.IsReplaced
}

func isInvalid(authorization *core.Authorization) bool {
	authorization.RLock()
	defer authorization.RUnlock()
	return authorization.Status == acme.StatusInvalid
}

// indexReplacedOrder works around a defect of Pebble: it does not find the order
// of a certificate to replace if the first bit of the serial number is set. It
// searches for the number with the leading zero of RFC 9773, but has stored it
// without. Source: https://github.com/letsencrypt/pebble/issues/550.
func (p *Pebble) indexReplacedOrder(order *core.Order) bool {
	order.RLock()
	defer order.RUnlock()
	id := order.CertificateObject.ID
	if first, err := hex.DecodeString(id[:2]); err != nil || first[0] < 0x80 {
		return err == nil
	}
	if _, err := p.accounts.GetOrderByIssuedSerial("00" + id); err == nil {
		return true
	}
	same := *order.CertificateObject
	same.ID = "00" + id
	return p.accounts.AddOrderByIssuedSerial(&core.Order{
		Order: order.Order, ID: order.ID, AccountID: order.AccountID, Names: order.Names, CertificateObject: &same,
	}) == nil
}
