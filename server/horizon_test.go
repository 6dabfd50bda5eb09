package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/core"
	"github.com/esacert/esacert/server/internal/inprocess"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
)

// A request that was processed cannot be sent again after the clock went forward,
// so that its nonce was forgotten, and back.
func TestReplayAfterTheClockWentForwardAndBack(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		ahead time.Duration
		dated time.Duration
		rpc   bool
		want  *esaerrors.Error
	}{
		{"1 minute", time.Minute, 0, false, esaerrors.SignatureNonceUsed},
		{"16 minutes", 16 * time.Minute, 0, false, esaerrors.SignatureNonceUsed},
		{"17 minutes", 17 * time.Minute, 0, false, esaerrors.UnauthorizedInvalidTime},
		{"17 minutes, signature 1.0", 17 * time.Minute, 0, true, esaerrors.UnauthorizedInvalidTime},
		{"17 minutes, dated ahead", 17 * time.Minute, 15 * time.Minute, false, esaerrors.SignatureNonceUsed},
		{"32 minutes, dated ahead", 32 * time.Minute, 15 * time.Minute, false, esaerrors.UnauthorizedInvalidTime},
		{"a day", 24 * time.Hour, 0, false, esaerrors.UnauthorizedInvalidTime},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, servertest.WithTime(baseTime))
			accepted := request{rpc: tc.rpc, query: validQuery("www.example.com"), nonce: "accepted", at: baseTime.Add(tc.dated)}
			refused := request{rpc: tc.rpc, query: params("SiteId", "404", "Domains", "www.example.com"), nonce: "refused", at: baseTime.Add(tc.dated)}
			if a := accepted.send(t, srv); a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			checkRefused(t, srv, refused.send(t, srv), esaerrors.SiteNotFound)
			srv.SetStatus(srv.Applications()[0].ID, "Issued") // else the name alone would be refused
			srv.Clock.Advance(tc.ahead)
			others(t, srv)
			srv.Clock.Advance(-tc.ahead)
			checkRefused(t, srv, accepted.send(t, srv), tc.want)
			checkRefused(t, srv, refused.send(t, srv), tc.want)
			if tc.want == esaerrors.UnauthorizedInvalidTime && !strings.Contains(srv.LastEntry().Detail, "forgotten") {
				t.Errorf("the journal does not say why: %s", srv.LastEntry().Detail)
			}
			if n := len(srv.Applications()); n != 1 {
				t.Errorf("%d applications are stored, want 1", n)
			}
		})
	}
}

// others sends requests at the present time of the server, enough to make it
// forget wherever it remembers.
func others(t *testing.T, srv *servertest.Server) {
	t.Helper()
	for i := range 500 {
		q := request{query: params("SiteId", "404", "Domains", "www.example.com"), nonce: fmt.Sprint("other ", i)}
		if a := q.send(t, srv); a.err.Code != esaerrors.SiteNotFound.Code {
			t.Fatalf("another request: %d %s", a.status, a.body)
		}
	}
}

// The same over a restart, at which the clock is ahead or back already.
func TestReplayAfterTheClockWentBackOverARestart(t *testing.T) {
	t.Parallel()
	ahead := baseTime.Add(17 * time.Minute)
	accepted := request{query: validQuery("www.example.com"), nonce: "accepted", at: baseTime}
	refused := request{query: params("SiteId", "404", "Domains", "www.example.com"), nonce: "refused", at: baseTime}
	begin := func(t *testing.T) (serve func(now time.Time) *servertest.Server) {
		db := openFile(t)
		serve = func(now time.Time) *servertest.Server {
			return newServer(t, servertest.WithStore(db), servertest.WithTime(now))
		}
		first := serve(baseTime)
		if a := accepted.send(t, first); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		checkRefused(t, first, refused.send(t, first), esaerrors.SiteNotFound)
		first.SetStatus(first.Applications()[0].ID, "Issued")
		first.Stop()
		return serve
	}
	resend := func(t *testing.T, srv *servertest.Server) {
		t.Helper()
		checkRefused(t, srv, accepted.send(t, srv), esaerrors.UnauthorizedInvalidTime)
		checkRefused(t, srv, refused.send(t, srv), esaerrors.UnauthorizedInvalidTime)
	}
	t.Run("back while the server is stopped", func(t *testing.T) {
		t.Parallel()
		serve := begin(t)
		second := serve(ahead)
		others(t, second)
		second.Stop()
		resend(t, serve(baseTime))
	})
	t.Run("back while the server runs", func(t *testing.T) {
		t.Parallel()
		second := begin(t)(ahead)
		others(t, second)
		second.Clock.Set(baseTime)
		resend(t, second)
	})
	t.Run("ahead at a start without a request", func(t *testing.T) {
		t.Parallel()
		serve := begin(t)
		serve(ahead).Stop()
		resend(t, serve(baseTime))
	})
}

// logText keeps a log that is written and read concurrently.
type logText struct {
	mu      sync.Mutex
	content bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.String()
}

// newClosable returns a server, its clock and its log.
func newClosable(t *testing.T, db store.Store) (*core.Server, *servertest.Clock, *logText) {
	t.Helper()
	cfg, err := config.Parse(states(t), "states.yaml")
	if err != nil {
		t.Fatal(err)
	}
	clock, log := &servertest.Clock{}, &logText{}
	clock.Set(baseTime)
	srv, err := core.New(t.Context(), core.Options{
		Config: cfg, Store: db, Clock: clock.Now, Logger: slog.New(slog.NewJSONHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(context.WithoutCancel(t.Context())); err != nil && !errors.Is(err, store.ErrClosed) {
			t.Error(err)
		}
	})
	return srv, clock, log
}

// apply signs a request with a date and sends it. It returns the code of the
// error, "" for none.
func apply(t *testing.T, srv *core.Server, clock *servertest.Clock, nonce string, date time.Time) string {
	t.Helper()
	c, err := client.New(client.WithEndpoint("http://esa.test"), client.WithTransport(inprocess.Transport(srv)), client.WithoutRetry(),
		client.WithCredentials(client.StaticCredentials(servertest.AccessKeyID, servertest.AccessKeySecret)),
		client.WithClock(func() time.Time { return date }), client.WithNonce(func() string { return strings.ReplaceAll(nonce, " ", "-") }))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ApplyCertificate(t.Context(), client.ApplyCertificateInput{SiteID: 404, Domains: []string{"www.example.com"}})
	refused, ok := errors.AsType[*client.ServiceError](err)
	if !ok {
		t.Fatalf("at %v: %v", clock.Now(), err)
	}
	return refused.Code
}

// After the clock went an hour ahead and back, the log says once, and Ready each
// time, until when requests are rejected and why. That ends by itself, when the
// clock has caught up.
func TestClosedUntilTheClockHasCaughtUp(t *testing.T) {
	t.Parallel()
	srv, clock, log := newClosable(t, openFile(t))
	if err := srv.Ready(t.Context()); err != nil {
		t.Errorf("at first: %v", err)
	}
	clock.Advance(time.Hour)
	if code := apply(t, srv, clock, "ahead", clock.Now()); code != "SiteNotFound" {
		t.Errorf("ahead: %s", code)
	}
	clock.Advance(-time.Hour)
	for i := range 10 {
		if code := apply(t, srv, clock, fmt.Sprint("back", i), clock.Now()); code != "Unauthorized.InvalidTime" {
			t.Errorf("back: %s", code)
		}
	}
	const until = "2026-11-23T12:44:00Z" // 13:00, less a minute, less 15 minutes
	err := srv.Ready(t.Context())
	for _, word := range []string{until, "the clock was ahead", "nonces", "esacertd nonces lower"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("Ready does not say %q: %v", word, err)
		}
	}
	if n := strings.Count(log.String(), `"level":"WARN"`); n != 1 || !strings.Contains(log.String(), until) {
		t.Errorf("%d warnings:\n%s", n, log)
	}
	clock.Set(baseTime.Add(44 * time.Minute))
	if err := srv.Ready(t.Context()); err != nil {
		t.Errorf("when the clock has caught up: %v", err)
	}
	if n := srv.Nonces(); !n.Behind || n.Closed || n.Warning() == "" {
		t.Errorf("older requests are rejected: %+v", n)
	}
	if code := apply(t, srv, clock, "of the present", clock.Now()); code != "SiteNotFound" {
		t.Errorf("of the present: %s", code)
	}
	if code := apply(t, srv, clock, "of a minute ago", clock.Now().Add(-time.Minute)); code != "Unauthorized.InvalidTime" {
		t.Errorf("of a minute ago: %s", code)
	}
	clock.Set(baseTime.Add(time.Hour))
	if err := srv.Ready(t.Context()); err != nil || srv.Nonces().Behind {
		t.Errorf("at last: %v, %+v", err, srv.Nonces())
	}
	if n := strings.Count(log.String(), "forgotten nonces"); n < 3 || strings.Count(log.String(), "\n") != 3 {
		t.Errorf("want a line of log for each change:\n%s", log)
	}
}

// After lowering, requests of the present are accepted, immediately and after a
// restart. It
// goes no further than the present time.
func TestLowerNonceHorizon(t *testing.T) {
	t.Parallel()
	db := openFile(t)
	srv, clock, _ := newClosable(t, db)
	if _, err := srv.LowerNonceHorizon(t.Context()); !errors.Is(err, server.ErrNotAhead) {
		t.Errorf("nothing to lower: %v", err)
	}
	if code := apply(t, srv, clock, "first", baseTime); code != "SiteNotFound" {
		t.Error(code)
	}
	clock.Advance(time.Hour)
	if code := apply(t, srv, clock, "dated ahead", clock.Now().Add(15*time.Minute)); code != "SiteNotFound" {
		t.Error(code)
	}
	if err := db.DeleteExpiredNonces(t.Context(), srv.Nonces().Horizon); err != nil { // as the server does each minute
		t.Fatal(err)
	}
	clock.Set(baseTime.Add(time.Second))
	if code := apply(t, srv, clock, "second", clock.Now()); code != "Unauthorized.InvalidTime" {
		t.Errorf("before: %s", code)
	}
	lowered, err := srv.LowerNonceHorizon(t.Context())
	want := server.Lowered{
		From: baseTime.Add(59 * time.Minute), To: baseTime.Add(time.Second),
		DatedFrom: baseTime.Add(time.Second - 15*time.Minute), DatedBefore: baseTime.Add(44 * time.Minute),
	}
	if err != nil || lowered != want {
		t.Errorf("lowered: %+v, %v\nwant %+v", lowered, err, want)
	}
	if err := srv.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if code := apply(t, srv, clock, "second", clock.Now()); code != "SiteNotFound" {
		t.Errorf("after: %s", code)
	}
	if code := apply(t, srv, clock, "first", baseTime); code != "SiteNotFound" {
		t.Errorf("what was forgotten can be sent again, once: %s", code)
	}
	if code := apply(t, srv, clock, "first", baseTime); code != "SignatureNonceUsed" {
		t.Errorf("a second time: %s", code)
	}
	if horizon, err := db.NonceHorizon(t.Context()); err != nil || !horizon.Equal(want.To) {
		t.Errorf("the store has %v, %v", horizon, err)
	}
	if err := srv.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, clock, _ := newClosable(t, db)
	if code := apply(t, again, clock, "third", clock.Now()); code != "SiteNotFound" {
		t.Errorf("after a restart: %s", code)
	}
	// What was not forgotten is still remembered, however far ahead it is.
	clock.Set(baseTime.Add(time.Hour))
	if code := apply(t, again, clock, "dated ahead", baseTime.Add(75*time.Minute)); code != "SignatureNonceUsed" {
		t.Errorf("dated ahead: %s", code)
	}
}

// A store whose nonces were deleted by another server refuses, whatever this server
// remembers.
func TestStoreRefusesForgottenNonces(t *testing.T) {
	t.Parallel()
	db := openFile(t)
	srv := newServer(t, servertest.WithStore(db), servertest.WithTime(baseTime))
	if err := db.DeleteExpiredNonces(t.Context(), baseTime.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	checkRefused(t, srv, request{query: validQuery("www.example.com")}.send(t, srv), esaerrors.UnauthorizedInvalidTime)
	if n := len(srv.Applications()); n != 0 || !strings.Contains(srv.LastEntry().Detail, "nonce expires before the horizon") {
		t.Errorf("%d applications; %s", n, srv.LastEntry().Detail)
	}
}

// While the clock runs, and when it is set back by up to a minute, no request in
// the window of 15 minutes is rejected.
func TestHonestRequestsPassTheHorizon(t *testing.T) {
	t.Parallel()
	srv, clock, log := newClosable(t, openFile(t))
	for i := range 400 {
		clock.Advance(7 * time.Second)
		if i%10 == 9 {
			clock.Advance(-time.Minute)
		}
		for _, ago := range []time.Duration{15 * time.Minute, 0, -15 * time.Minute} {
			if code := apply(t, srv, clock, fmt.Sprint(i, ago), clock.Now().Add(-ago)); code != "SiteNotFound" {
				t.Fatalf("at %v, dated %v ago: %s", clock.Now(), ago, code)
			}
		}
	}
	if log.String() != "" {
		t.Errorf("log: %s", log)
	}
}
