package acme_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/store"
)

const namespace = "urn:ietf:params:acme:error:"

// Classes of errors, as the loop distinguishes them.
const (
	rejected    = "rejected"
	later       = "retry later"
	unavailable = "unavailable"
)

func classOf(err error) string {
	var r *issuance.RejectedError
	var l *issuance.RetryLaterError
	switch {
	case err == nil:
		return "none"
	case errors.As(err, &r):
		return rejected
	case errors.As(err, &l):
		return later
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "context"
	}
	return unavailable
}

// TestProblems covers every type of RFC 8555, section 6.7, then types of other
// documents, then undocumented ones.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ    string
		status int
		want   string // class of the error of Order
		hint   string // expected in addition to the problem
	}{
		{namespace + "accountDoesNotExist", 400, unavailable, "rename the authority in the configuration"},
		{namespace + "alreadyRevoked", 400, rejected, ""},
		{namespace + "badCSR", 400, rejected, ""},
		{namespace + "badNonce", 400, unavailable, "the authority rejected every nonce"},
		{namespace + "badPublicKey", 400, unavailable, "ECDSA P-256"},
		{namespace + "badRevocationReason", 400, rejected, ""},
		{namespace + "badSignatureAlgorithm", 400, unavailable, "ECDSA P-256"},
		{namespace + "caa", 403, rejected, ""},
		{namespace + "compound", 400, rejected, ""},
		{namespace + "connection", 400, rejected, ""},
		{namespace + "dns", 400, rejected, ""},
		{namespace + "externalAccountRequired", 403, unavailable, "key id and an HMAC key"},
		{namespace + "incorrectResponse", 403, rejected, ""},
		{namespace + "invalidContact", 400, unavailable, "correct the contacts"},
		{namespace + "malformed", 400, rejected, ""},
		{namespace + "orderNotReady", 403, rejected, ""},
		{namespace + "rateLimited", 429, later, ""},
		{namespace + "rateLimited", 403, later, ""},
		{namespace + "rejectedIdentifier", 400, rejected, ""},
		{namespace + "serverInternal", 500, unavailable, ""},
		{namespace + "tls", 400, rejected, ""},
		{namespace + "unauthorized", 403, rejected, ""},
		{namespace + "unsupportedContact", 400, unavailable, "correct the contacts"},
		{namespace + "unsupportedIdentifier", 400, rejected, ""},
		{namespace + "userActionRequired", 403, unavailable, "https://ca.test/what-to-do"},

		{namespace + "alreadyReplaced", 409, rejected, ""},           // RFC 9773
		{namespace + "invalidProfile", 400, unavailable, ""},         // draft-ietf-acme-profiles
		{namespace + "autoRenewalCanceled", 400, rejected, ""},       // RFC 8739
		{namespace + "unknownDelegation", 400, rejected, ""},         // RFC 9115
		{namespace + "onionCAARequired", 400, rejected, ""},          // RFC 9799
		{"about:blank", 500, unavailable, ""},                        // RFC 7807
		{"https://ca.test/of-its-own", 422, rejected, ""},            //
		{"https://ca.test/of-its-own", 502, unavailable, ""},         //
		{namespace + "rejectedIdentifier", 500, rejected, ""},        // the type counts
		{namespace + "serverInternal", 400, unavailable, ""},         //
		{namespace + "Malformed\u0000\nInjected", 400, rejected, ""}, //
	} {
		t.Run(fmt.Sprintf("%s %d", strings.TrimPrefix(c.typ, namespace), c.status), func(t *testing.T) {
			t.Parallel()
			r := newFixture(t, pebbletest.Options{Intercept: pebbletest.Intercept(pebbletest.Response{
				Path: pebbletest.PathNewOrder, Status: c.status,
				Body: fmt.Sprintf(`{"type":%q,"title":"A title","detail":"Some detail","instance":"https://ca.test/what-to-do",
					"subproblems":[{"type":"urn:sub","detail":"of the name","identifier":{"type":"dns","value":"www.example.com"}}]}`,
					strings.ReplaceAll(c.typ, "\u0000", "")),
			})})
			_, err := r.newClient().Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
			if got := classOf(err); got != c.want {
				t.Fatalf("got %s: %v, want %s", got, err, c.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("error is not one line: %q", err)
			}
			if !strings.Contains(err.Error(), "Some detail") || !strings.Contains(err.Error(), c.hint) {
				t.Errorf("got %v\nwant the detail and %q", err, c.hint)
			}
			checkDocument(t, err, c.status)
		})
	}
}

// checkDocument checks that the error contains the problem document.
func checkDocument(t *testing.T, err error, status int) {
	t.Helper()
	var r *issuance.RejectedError
	var l *issuance.RetryLaterError
	var p store.Problem
	switch {
	case errors.As(err, &r):
		p = r.Problem
		if r.OrderInvalid {
			t.Error("OrderInvalid is set, but no order was created")
		}
	case errors.As(err, &l):
		p = *l.Problem
	default:
		if !strings.Contains(err.Error(), "https://127.0.0.1:") {
			t.Errorf("%v\ndoes not contain the directory URL", err)
		}
		p = *wantUnavailable(t, err).Problem
	}
	if p.Title != "A title" || p.Status != status || len(p.Subproblems) != 1 || p.Subproblems[0].Name != "www.example.com" || p.Subproblems[0].Detail != "of the name" {
		t.Errorf("got %+v, want the authority's document", p)
	}
}

// TestRetryAfter checks which responses cause a wait, and its duration.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const limited = `{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many"}`
	const internal = `{"type":"urn:ietf:params:acme:error:serverInternal","detail":"busy"}`
	plain := func(h http.Header) http.Header { h.Set("Content-Type", "text/html"); return h }
	start := time.Now()
	at := func(d time.Duration) string { return start.Add(d).UTC().Format(http.TimeFormat) }
	for _, c := range []struct {
		name     string
		response pebbletest.Response
		want     string
		after    time.Duration
	}{
		{"seconds", pebbletest.Response{Status: 429, Body: limited, Header: http.Header{"Retry-After": {"77"}}}, later, 77 * time.Second},
		{"a date", pebbletest.Response{Status: 429, Body: limited, Header: http.Header{"Retry-After": {at(90 * time.Minute)}}}, later, 90 * time.Minute},
		{"a date by the authority's clock", pebbletest.Response{Status: 429, Body: limited,
			Header: http.Header{"Retry-After": {at(25 * time.Hour)}, "Date": {at(24 * time.Hour)}}}, later, time.Hour},
		{"missing", pebbletest.Response{Status: 429, Body: limited}, later, 0},
		{"invalid", pebbletest.Response{Status: 429, Body: limited, Header: http.Header{"Retry-After": {"soon"}}}, later, 0},
		{"over the limit", pebbletest.Response{Status: 429, Body: limited, Header: http.Header{"Retry-After": {"99999999999999999999"}}}, later, 31 * 24 * time.Hour},
		{"503 with a problem", pebbletest.Response{Status: 503, Body: internal, Header: http.Header{"Retry-After": {"5"}}}, later, 5 * time.Second},
		{"503 of a proxy", pebbletest.Response{Status: 503, Body: "<html>busy</html>", Header: plain(http.Header{"Retry-After": {"5"}})}, later, 5 * time.Second},
		{"503 of a proxy without Retry-After", pebbletest.Response{Status: 503, Body: "<html>busy</html>", Header: plain(http.Header{})}, unavailable, 0},
		{"429 of a proxy", pebbletest.Response{Status: 429, Body: "slow down", Header: plain(http.Header{"Retry-After": {"5"}})}, later, 5 * time.Second},
		{"a problem as plain JSON", pebbletest.Response{Status: 429, Body: limited, Header: http.Header{"Retry-After": {"5"}, "Content-Type": {"application/json"}}}, later, 5 * time.Second},
	} {
		for _, path := range []string{pebbletest.PathNewOrder, pebbletest.PathNewAccount, pebbletest.PathDirectory} {
			t.Run(c.name+path, func(t *testing.T) {
				t.Parallel()
				response := c.response
				response.Path = path
				r := newFixture(t, pebbletest.Options{Intercept: pebbletest.Intercept(response)})
				_, err := r.newClient().Order(t.Context(), issuance.OrderRequest{ID: 1, Name: "www.example.com"})
				if got := classOf(err); got != c.want {
					t.Fatalf("got %s: %v, want %s", got, err, c.want)
				}
				slack := time.Duration(0)
				if strings.Contains(c.name, "date") {
					slack = time.Since(start) + 2*time.Second // relative to the start of the test, in whole seconds
				}
				var l *issuance.RetryLaterError
				if errors.As(err, &l) && (l.Problem == nil || (l.After-c.after).Abs() > slack) {
					t.Errorf("got %+v, want a wait of %v with its problem", l, c.after)
				}
			})
		}
	}
}
