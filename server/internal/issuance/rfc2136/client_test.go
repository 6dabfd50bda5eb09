package rfc2136_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
	"github.com/esacert/esacert/server/internal/issuance/rfc2136"
)

const (
	secret      = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" // 32 bytes
	otherSecret = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
)

func primary(t *testing.T, change ...func(*pebbletest.PrimaryOptions)) *pebbletest.Primary {
	t.Helper()
	o := pebbletest.PrimaryOptions{Zone: "example.com.", Key: "esacert.", Secret: secret}
	for _, c := range change {
		c(&o)
	}
	return pebbletest.StartPrimary(t, o)
}

func client(t *testing.T, p *pebbletest.Primary, change ...func(*rfc2136.Options)) *rfc2136.Client {
	t.Helper()
	o := rfc2136.Options{
		Server: p.Addr, Key: rfc2136.Key{Name: "esacert", Secret: secret},
		Poll: 5 * time.Millisecond, Wait: 10 * time.Second, Timeout: 20 * time.Second,
	}
	for _, c := range change {
		c(&o)
	}
	made, err := rfc2136.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func newChallenge(name, token string) challenge.Challenge {
	return challenge.Challenge{Type: challenge.DNS01, Name: name, Token: token, KeyAuthorization: token + ".thumbprint"}
}

func TestPresentAndCleanUp(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"", rfc2136.HMACSHA256, rfc2136.HMACSHA512} {
		t.Run("algorithm "+algorithm, func(t *testing.T) {
			t.Parallel()
			p := primary(t, func(o *pebbletest.PrimaryOptions) {
				if algorithm == rfc2136.HMACSHA512 {
					o.Algorithm = dns.HmacSHA512
				}
			})
			c := client(t, p, func(o *rfc2136.Options) { o.Key.Algorithm = algorithm })
			const name = "_acme-challenge.www.example.com."
			p.Add(name, "of another client")
			plain, second := newChallenge("www.example.com", "one"), newChallenge("www.example.com", "two")
			for _, one := range []challenge.Challenge{plain, second, plain} {
				if err := c.Present(t.Context(), one); err != nil {
					t.Fatal(err)
				}
			}
			want := []string{"of another client", plain.RecordValue(), second.RecordValue()}
			slices.Sort(want)
			if got := p.Values(name); !slices.Equal(got, want) {
				t.Errorf("got values %q, want %q", got, want)
			}
			for _, one := range []challenge.Challenge{plain, second, plain} {
				if err := c.CleanUp(t.Context(), one); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.Values(name); !slices.Equal(got, []string{"of another client"}) {
				t.Errorf("got values %q after cleanup, want the one of another client", got)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		name    string
		primary func(*pebbletest.PrimaryOptions)
		client  func(*rfc2136.Options)
		domain  string
		want    string
		updates int // number of accepted updates
	}{
		{name: "unknown key", client: func(o *rfc2136.Options) { o.Key.Name = "another" }, want: "got BADKEY: the server has no key another. with hmac-sha256."},
		{name: "another algorithm", client: func(o *rfc2136.Options) { o.Key.Algorithm = rfc2136.HMACSHA512 }, want: "got BADKEY: the server has no key esacert. with hmac-sha512."},
		{name: "another secret", client: func(o *rfc2136.Options) { o.Key.Secret = otherSecret }, want: "got BADSIG: the server has a different secret for the key esacert."},
		{name: "server clock", primary: func(o *pebbletest.PrimaryOptions) { o.ClockOffset = time.Hour }, want: "got BADTIME: the clocks differ by more than five minutes"},
		{name: "client clock", client: func(o *rfc2136.Options) { o.Now = func() time.Time { return time.Now().Add(time.Hour) } }, want: "BADTIME: the clocks"},
		{name: "refused", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeRefused }, want: "REFUSED: the server must allow the key esacert. to update TXT records at _acme-challenge.www.example.com."},
		{name: "no updates", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeNotImplemented }, want: "NOTIMP: the server does not support dynamic updates"},
		{name: "fails", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeServerFailure }, want: "SERVFAIL: check the log of the server"},
		{name: "not the primary", client: func(o *rfc2136.Options) { o.Zone = "com" }, want: "NOTAUTH: the server is not the primary of the zone com."},
		{name: "not in the zone of the server", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeNotZone }, want: "NOTZONE: _acme-challenge.www.example.com. is not in the zone example.com."},
		{name: "not in the configured zone", client: func(o *rfc2136.Options) { o.Zone = "example.org" }, want: "name is not in the zone example.org.: correct the zone"},
		{name: "unknown zone", domain: "www.example.org", want: "got REFUSED: check that the server has the zone"},
		{name: "not authoritative", primary: func(o *pebbletest.PrimaryOptions) { o.Lame = true }, want: "server is not authoritative for it"},
		{name: "unsigned", primary: func(o *pebbletest.PrimaryOptions) { o.Unsigned = true }, want: "response is not signed", updates: 1},
		{name: "alias", primary: func(o *pebbletest.PrimaryOptions) {
			o.Alias = map[string]string{"_acme-challenge.www.example.com.": "elsewhere.test."}
		}, want: "name is an alias (CNAME) of elsewhere.test.: delete the alias"},
		{name: "never served", primary: func(o *pebbletest.PrimaryOptions) { o.Lag = time.Hour },
			client: func(o *rfc2136.Options) { o.Wait = 100 * time.Millisecond }, want: "value not served after 100ms: check that the server receives the zone", updates: 1},
		{name: "connection refused", client: func(o *rfc2136.Options) { o.Server = "127.0.0.1:1" }, want: "no response: "},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			var changes []func(*pebbletest.PrimaryOptions)
			if k.primary != nil {
				changes = append(changes, k.primary)
			}
			p := primary(t, changes...)
			c := client(t, p, func(o *rfc2136.Options) {
				if k.client != nil {
					k.client(o)
				}
			})
			domain := k.domain
			if domain == "" {
				domain = "www.example.com"
			}
			err := c.Present(t.Context(), newChallenge(domain, "one"))
			var failed *rfc2136.Error
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), k.want) || !strings.Contains(err.Error(), failed.Server) {
				t.Fatalf("got %v\nwant %q and the server", err, k.want)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), otherSecret) {
				t.Errorf("%v\ncontains a secret", err)
			}
			if p.Updates() != k.updates {
				t.Errorf("got %d accepted updates, want %d", p.Updates(), k.updates)
			}
		})
	}
}

func TestPresentWaitsForAllServers(t *testing.T) {
	t.Parallel()
	one := newChallenge("www.example.com", "one")
	slow := primary(t, func(o *pebbletest.PrimaryOptions) { o.Lag = 50 * time.Millisecond })
	if err := client(t, slow).Present(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	// The secondary does not receive the zone. The primary already has the value.
	p, secondary := primary(t), primary(t)
	p.Add("_acme-challenge.www.example.com.", one.RecordValue())
	c := func(wait time.Duration) *rfc2136.Client {
		return client(t, p, func(o *rfc2136.Options) { o.Secondaries, o.Wait = []string{secondary.Addr}, wait })
	}
	err := c(5*time.Second).Present(t.Context(), one)
	var failed *rfc2136.Error
	if !errors.As(err, &failed) || failed.Server != secondary.Addr {
		t.Errorf("got %v, want an error with the address of the secondary", err)
	}
	secondary.Add("_acme-challenge.www.example.com.", one.RecordValue())
	if err := c(10*time.Second).Present(t.Context(), one); err != nil {
		t.Error(err)
	}
}

// TestWaitTimeoutDuringQuery checks that the end of the wait during a query is not
// reported as a missing response, but with the last response of the server. The
// connection may time out before the context is done.
func TestWaitTimeoutDuringQuery(t *testing.T) {
	t.Parallel()
	p := primary(t)
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			var questions atomic.Int32
			secondary := pebbletest.Serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
				if questions.Add(1) == 1 {
					_ = w.WriteMsg(new(dns.Msg).SetReply(r))
				}
			}))
			c := client(t, p, func(o *rfc2136.Options) { o.Secondaries, o.Wait = []string{secondary}, 200*time.Millisecond })
			err := c.Present(t.Context(), newChallenge("www.example.com", fmt.Sprint(i)))
			if want := "value not served after 200ms"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v\nwant %q", err, want)
			}
		})
	}
}

func TestContextDeadline(t *testing.T) {
	t.Parallel()
	p := primary(t, func(o *pebbletest.PrimaryOptions) { o.Lag = time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := client(t, p, func(o *rfc2136.Options) { o.Wait = time.Minute }).Present(ctx, newChallenge("www.example.com", "one"))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// TestConcurrentChallenges presents and cleans up many values of one name
// concurrently.
func TestConcurrentChallenges(t *testing.T) {
	t.Parallel()
	p := primary(t)
	c := client(t, p, func(o *rfc2136.Options) { o.Wait = 5 * time.Second })
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			one := newChallenge("www.example.com", fmt.Sprint(i))
			if err := c.Present(t.Context(), one); err != nil {
				t.Error(err)
			}
			if err := c.CleanUp(t.Context(), one); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := p.Values("_acme-challenge.www.example.com."); len(got) > 0 {
		t.Errorf("got values %q after cleanup, want none", got)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*rfc2136.Options)
		want   []string // substrings of the error; nil for no error
	}{
		{"valid", func(*rfc2136.Options) {}, nil},
		{"no port", func(o *rfc2136.Options) { o.Server = "ns1.example.com" }, nil},
		{"IPv6 without port", func(o *rfc2136.Options) { o.Server = "2001:db8::1" }, nil},
		{"empty", func(o *rfc2136.Options) { *o = rfc2136.Options{} }, []string{`server: invalid address "", want host:port`, `invalid key name ""`, "the key has no secret"}},
		{"server", func(o *rfc2136.Options) { o.Server = "a:b:c" }, []string{`invalid address "a:b:c", want host:port`}},
		{"secondary", func(o *rfc2136.Options) { o.Secondaries = []string{":53"} }, []string{`secondary: invalid address ":53"`}},
		{"zone", func(o *rfc2136.Options) { o.Zone = "a..b" }, []string{`zone "a..b" is not`}},
		{"algorithm", func(o *rfc2136.Options) { o.Key.Algorithm = "hmac-md5" }, []string{`unknown key algorithm "hmac-md5", want hmac-sha256 or hmac-sha512`}},
		{"secret", func(o *rfc2136.Options) { o.Key.Secret = "hidden!" }, []string{"is not Base64"}},
		{"short secret", func(o *rfc2136.Options) { o.Key.Secret = "aGlkZGVu" }, []string{"has 6 bytes, want at least 16"}},
		{"times", func(o *rfc2136.Options) { o.Wait = -1 }, []string{"must not be negative"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := rfc2136.Options{Server: "127.0.0.1:53", Key: rfc2136.Key{Name: "esacert.", Secret: secret}}
			c.change(&o)
			_, err := rfc2136.New(o)
			if (err != nil) != (c.want != nil) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v\nwant %q", err, want)
				}
			}
			if err != nil && (strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "aGlkZGVu")) {
				t.Errorf("%v\ncontains the secret", err)
			}
		})
	}
	if got := fmt.Sprintf("%v %+v %#v", rfc2136.Key{Name: "k", Secret: secret}, &rfc2136.Key{Name: "k", Secret: secret}, rfc2136.Key{Name: "k", Secret: secret}); strings.Contains(got, secret) {
		t.Errorf("%s contains the secret", got)
	}
}
