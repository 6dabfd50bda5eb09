package servertest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/servertest"
	"github.com/esacert/esacert/server/store"
)

func input() client.ApplyCertificateInput {
	return client.ApplyCertificateInput{SiteID: servertest.SiteID, Domains: []string{"www.example.com"}, Type: client.LetsEncrypt}
}

func TestMinimalUse(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	out, err := srv.Client().ApplyCertificate(t.Context(), input())
	if err != nil || out.SiteName != "example.com" || out.Applications[0].ID != "30000478" {
		t.Fatalf("%+v, %v", out, err)
	}
	if out.RequestID != "00000000-0000-5000-8000-000000000001" {
		t.Errorf("request ids do not count from one: %s", out.RequestID)
	}
	if last := srv.LastEntry(); last.Rule != "Accepted" || last.IDs[0] != 30000478 || last.Domains[0] != "www.example.com" {
		t.Errorf("the journal has %+v", last)
	}
}

func TestWithAndWithoutASocket(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	first := srv.URL()
	if again := srv.URL(); again != first {
		t.Errorf("the address changes from %s to %s", first, again)
	}
	for i, options := range [][]client.Option{nil, {client.WithEndpoint(srv.URL()), client.WithTransport(nil)}} {
		in := input()
		in.Domains = []string{string(rune('a'+i)) + ".example.com"}
		if _, err := srv.Client(options...).ApplyCertificate(t.Context(), in); err != nil {
			t.Error(err)
		}
	}
	if n := len(srv.Applications()); n != 2 {
		t.Errorf("%d applications", n)
	}
}

// Many servers side by side know nothing of each other.
func TestServersAreIsolated(t *testing.T) {
	t.Parallel()
	for range 20 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			srv := servertest.New(t)
			srv.RespondWith(esaerrors.QuotaExceeded, 1)
			c := srv.Client()
			if _, err := c.ApplyCertificate(t.Context(), input()); !errors.Is(err, esaerrors.QuotaExceeded) {
				t.Error(err)
			}
			out, err := c.ApplyCertificate(t.Context(), input())
			if err != nil || out.Applications[0].ID != "30000478" || len(srv.Journal()) != 2 {
				t.Errorf("%+v %v", out, err)
			}
		})
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	srv := servertest.New(t, servertest.WithTime(start))
	stopped := srv.Client(client.WithClock(func() time.Time { return start }))
	if _, err := stopped.ApplyCertificate(t.Context(), input()); err != nil {
		t.Fatal(err)
	}
	if at := srv.Applications()[0].CreatedAt; !at.Equal(start) {
		t.Errorf("applied at %v", at)
	}
	srv.Clock.Advance(16 * time.Minute)
	if _, err := stopped.ApplyCertificate(t.Context(), input()); !errors.Is(err, esaerrors.UnauthorizedInvalidTime) {
		t.Errorf("16 minutes later: %v", err)
	}
	srv.Clock.Set(start)
	if now := srv.Clock.Now(); !now.Equal(start) {
		t.Errorf("set to %v, it says %v", start, now)
	}
	running := &servertest.Clock{}
	running.Advance(-time.Hour)
	if off := time.Until(running.Now()) + time.Hour; off.Abs() > time.Minute {
		t.Errorf("a running clock set back an hour is off by %v", off)
	}
}

// A clock that was ahead and is set back closes the server, until the horizon of
// its nonces is lowered.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	c := srv.Client()
	apply := func(name string) error {
		in := input()
		in.Domains = []string{name}
		_, err := c.ApplyCertificate(t.Context(), in)
		return err
	}
	srv.Clock.Advance(20 * time.Minute)
	if err := apply("ahead.example.com"); err != nil {
		t.Fatal(err)
	}
	srv.Clock.Advance(-20 * time.Minute)
	if err := apply("back.example.com"); !errors.Is(err, esaerrors.UnauthorizedInvalidTime) {
		t.Errorf("set back: %v", err)
	}
	for range 2 {
		srv.LowerNonceHorizon()
	}
	if err := apply("back.example.com"); err != nil {
		t.Errorf("lowered: %v", err)
	}
}

func TestFinishAndReload(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	c := srv.Client()
	if _, err := c.ApplyCertificate(t.Context(), input()); err != nil {
		t.Fatal(err)
	}
	srv.SetStatus(store.FirstID, store.Failed)
	if a := srv.Applications()[0]; a.Status != store.Failed {
		t.Errorf("status is %s", a.Status)
	}
	srv.Reload("accounts: [{id: '9', access_keys: [{id: testid, secret: testsecret}]}]")
	if _, err := c.ApplyCertificate(t.Context(), input()); !errors.Is(err, esaerrors.SiteNotFound) {
		t.Errorf("after the reload: %v", err)
	}
}

// The second of two servers on one store is a restart: its clients are new ones.
func TestRestartOnOneStore(t *testing.T) {
	t.Parallel()
	first := servertest.New(t)
	if _, err := first.Client().ApplyCertificate(t.Context(), input()); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	second := servertest.New(t, servertest.WithStore(first.Store()))
	in := input()
	in.Domains = []string{"blog.example.com"}
	if _, err := second.Client().ApplyCertificate(t.Context(), in); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if n := len(second.Applications()); n != 2 {
		t.Errorf("%d applications", n)
	}
}

func TestTransportMatchesSocket(t *testing.T) {
	t.Parallel()
	srv := servertest.New(t)
	send := func(ctx context.Context, body io.Reader) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://any.host/", body)
		if err != nil {
			t.Fatal(err)
		}
		return srv.Transport().RoundTrip(r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := send(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled request: %v", err)
	}
	if _, err := send(t.Context(), brokenReader{}); err == nil || !strings.Contains(err.Error(), "it broke") {
		t.Errorf("a body that cannot be read: %v", err)
	}
	srv.InjectFault(servertest.ConnectionReset, 1)
	if _, err := send(t.Context(), nil); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a reset connection: %v", err)
	}
	response, err := send(t.Context(), bytes.NewReader([]byte("x")))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusBadRequest || response.ContentLength != int64(len(body)) {
		t.Errorf("%d, %d bytes of %d, %v", response.StatusCode, len(body), response.ContentLength, err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("it broke") }

// recorder is a testing.TB that notes a failure instead of failing.
type recorder struct {
	testing.TB
	failed string
}

func (r *recorder) Helper()        {}
func (r *recorder) Fatal(a ...any) { r.failed = fmt.Sprint(a...); panic(r) }
func (r *recorder) Fatalf(f string, a ...any) {
	r.failed = fmt.Sprintf(f, a...)
	panic(r)
}

func (r *recorder) run(do func()) {
	defer func() { _ = recover() }()
	do()
}

func TestWrongUseFailsTheTest(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(testing.TB){
		"broken configuration": func(tb testing.TB) { servertest.New(tb, servertest.WithConfig("accounts: [")) },
		"client option":        func(tb testing.TB) { servertest.New(tb).Client(client.WithEndpoint("")) },
		"scenario of nothing":  func(tb testing.TB) { servertest.New(tb).RespondWith(nil, 1) },
		"empty journal":        func(tb testing.TB) { servertest.New(tb).LastEntry() },
		"unknown application":  func(tb testing.TB) { servertest.New(tb).SetStatus(1, store.Issued) },
		"broken reload":        func(tb testing.TB) { servertest.New(tb).Reload("accounts: [") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			if r.run(func() { use(r) }); r.failed == "" {
				t.Error("the test would not have failed")
			}
		})
	}
}
