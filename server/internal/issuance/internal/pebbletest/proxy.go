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

// Wait waits until no request is under way. One whose client has gone is taken
// all the same.
func (p *Pebble) Wait() {
	p.inProgress.Lock()
	defer p.inProgress.Unlock()
}

// ServeHTTP puts the faults in front of Pebble, and counts.
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
	answer := p.serve(r)
	p.count(r.URL.Path, answer.Code, renews)
	body := answer.Body.Bytes()
	if id, ok := strings.CutPrefix(r.URL.Path, pathOrder); ok {
		body = p.asProcessing(id, answer.Header(), body)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body) //nolint:gosec // G705: the JSON of Pebble, for an ACME client in a test
}

// serve lets Pebble answer, one request at a time. Two at once for the same
// order bring it down: the request for an order locks the order and then its
// authorizations, the one for an authorization does it the other way round; and
// two requests to finalize it may both find it ready.
func (p *Pebble) serve(r *http.Request) *httptest.ResponseRecorder {
	p.serving.Lock()
	defer p.serving.Unlock()
	if id, ok := strings.CutPrefix(r.URL.Path, pathOrder); ok {
		p.waitSettled(r.Context(), id)
	}
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, r)
	return answer
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
	_, _ = io.WriteString(w, `{"type":"urn:ietf:params:acme:error:badNonce","detail":"an unlucky nonce","status":400}`)
}

// renewal tells whether a request names a certificate to replace. It leaves the
// request as it was.
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

// order makes an order look as if its certificate were not there yet, as often
// as was asked for.
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

// settle waits until Pebble has written down all of an order that is being
// processed, or until nobody waits for the answer. How long Pebble is at it
// depends on the machine, and without this so would what a test sees; it tells
// nobody when it is done.
func (p *Pebble) waitSettled(ctx context.Context, id string) {
	order := p.accounts.GetOrderByID(id)
	for order != nil && ctx.Err() == nil && !p.settled(order) {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// settled tells whether Pebble is not at work on an order: it can find its
// certificate, and has marked the one that it replaces. It does so a little
// after the order is valid; who renews in between gets an error that no
// authority should give. After a validation that failed, it has said so of the
// order too: asked for the order just then, it can come to a standstill.
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

// indexReplacedOrder lets Pebble find the order of a certificate to replace also where the
// first bit of its serial number is set, one in 256 of its certificates: it
// looks for the number with the leading zero that RFC 9773 demands then, and has
// written it down without. Source: https://github.com/letsencrypt/pebble/issues/550.
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
