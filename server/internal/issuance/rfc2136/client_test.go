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
			p.Add(name, "of somebody else")
			plain, second := newChallenge("www.example.com", "one"), newChallenge("www.example.com", "two")
			for _, one := range []challenge.Challenge{plain, second, plain} {
				if err := c.Present(t.Context(), one); err != nil {
					t.Fatal(err)
				}
			}
			want := []string{"of somebody else", plain.RecordValue(), second.RecordValue()}
			slices.Sort(want)
			if got := p.Values(name); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			for _, one := range []challenge.Challenge{plain, second, plain} {
				if err := c.CleanUp(t.Context(), one); err != nil {
					t.Fatal(err)
				}
			}
			if got := p.Values(name); !slices.Equal(got, []string{"of somebody else"}) {
				t.Errorf("%q is left, want what was there before", got)
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
		updates int // that were taken
	}{
		{name: "unknown key", client: func(o *rfc2136.Options) { o.Key.Name = "another" }, want: "BADKEY: the server does not know the key another. with hmac-sha256."},
		{name: "another algorithm", client: func(o *rfc2136.Options) { o.Key.Algorithm = rfc2136.HMACSHA512 }, want: "BADKEY: the server does not know the key esacert. with hmac-sha512."},
		{name: "another secret", client: func(o *rfc2136.Options) { o.Key.Secret = otherSecret }, want: "BADSIG: the secret of the key esacert. is another one there"},
		{name: "clocks", primary: func(o *pebbletest.PrimaryOptions) { o.ClockOffset = time.Hour }, want: "BADTIME: the clocks are apart by more than five minutes"},
		{name: "clock of ours", client: func(o *rfc2136.Options) { o.Now = func() time.Time { return time.Now().Add(time.Hour) } }, want: "BADTIME: the clocks"},
		{name: "refused", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeRefused }, want: "REFUSED: the server must allow the key esacert. to update TXT records at _acme-challenge.www.example.com."},
		{name: "no updates", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeNotImplemented }, want: "NOTIMP: the server takes no dynamic updates"},
		{name: "fails", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeServerFailure }, want: "SERVFAIL: look into the log of the server"},
		{name: "not the primary", client: func(o *rfc2136.Options) { o.Zone = "com" }, want: "NOTAUTH: the server is not the primary of the zone com."},
		{name: "not in the zone there", primary: func(o *pebbletest.PrimaryOptions) { o.Refuse = dns.RcodeNotZone }, want: "NOTZONE: _acme-challenge.www.example.com. is not in the zone example.com."},
		{name: "not in the zone here", client: func(o *rfc2136.Options) { o.Zone = "example.org" }, want: "it is not in the zone example.org.: correct the zone"},
		{name: "unknown zone", domain: "www.example.org", want: "REFUSED: does the server have the zone"},
		{name: "not authoritative", primary: func(o *pebbletest.PrimaryOptions) { o.Lame = true }, want: "the server is not authoritative for it"},
		{name: "unsigned", primary: func(o *pebbletest.PrimaryOptions) { o.Unsigned = true }, want: "its answer is not signed", updates: 1},
		{name: "alias", primary: func(o *pebbletest.PrimaryOptions) {
			o.Alias = map[string]string{"_acme-challenge.www.example.com.": "elsewhere.test."}
		}, want: "it is an alias (CNAME) of elsewhere.test.: delete the alias"},
		{name: "never served", primary: func(o *pebbletest.PrimaryOptions) { o.Lag = time.Hour },
			client: func(o *rfc2136.Options) { o.Wait = 100 * time.Millisecond }, want: "the value is not served after 100ms: does the server get the zone", updates: 1},
		{name: "nobody there", client: func(o *rfc2136.Options) { o.Server = "127.0.0.1:1" }, want: "no answer: "},
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
				t.Errorf("%v\nshows a secret", err)
			}
			if p.Updates() != k.updates {
				t.Errorf("%d updates were taken, want %d", p.Updates(), k.updates)
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
	// A secondary that never gets the zone. The value is at the primary already.
	p, secondary := primary(t), primary(t)
	p.Add("_acme-challenge.www.example.com.", one.RecordValue())
	c := func(wait time.Duration) *rfc2136.Client {
		return client(t, p, func(o *rfc2136.Options) { o.Secondaries, o.Wait = []string{secondary.Addr}, wait })
	}
	err := c(5*time.Second).Present(t.Context(), one)
	var failed *rfc2136.Error
	if !errors.As(err, &failed) || failed.Server != secondary.Addr {
		t.Errorf("got %v, want the secondary to be named", err)
	}
	secondary.Add("_acme-challenge.www.example.com.", one.RecordValue())
	if err := c(10*time.Second).Present(t.Context(), one); err != nil {
		t.Error(err)
	}
}

// A connection may notice the end of the wait before the context does. What is
// told then is the last answer that came, not that none came any more.
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
			if want := "the value is not served after 200ms"; err == nil || !strings.Contains(err.Error(), want) {
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

// Many names at once, each with its own value.
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
		t.Errorf("%q is left", got)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*rfc2136.Options)
		want   []string // none for no error
	}{
		{"fine", func(*rfc2136.Options) {}, nil},
		{"no port", func(o *rfc2136.Options) { o.Server = "ns1.example.com" }, nil},
		{"IPv6 without port", func(o *rfc2136.Options) { o.Server = "2001:db8::1" }, nil},
		{"nothing", func(o *rfc2136.Options) { *o = rfc2136.Options{} }, []string{`the server: "" is not a host and a port`, `the name "" of the key`, "needs its secret"}},
		{"server", func(o *rfc2136.Options) { o.Server = "a:b:c" }, []string{`"a:b:c" is not a host and a port`}},
		{"secondary", func(o *rfc2136.Options) { o.Secondaries = []string{":53"} }, []string{`a secondary: ":53" is not`}},
		{"zone", func(o *rfc2136.Options) { o.Zone = "a..b" }, []string{`the zone "a..b" is not`}},
		{"algorithm", func(o *rfc2136.Options) { o.Key.Algorithm = "hmac-md5" }, []string{`"hmac-md5" of the key is not known: use hmac-sha256 or hmac-sha512`}},
		{"secret", func(o *rfc2136.Options) { o.Key.Secret = "hidden!" }, []string{"is not Base64"}},
		{"short secret", func(o *rfc2136.Options) { o.Key.Secret = "aGlkZGVu" }, []string{"has 6 bytes: at least 16"}},
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
					t.Errorf("%v\nsays not %q", err, want)
				}
			}
			if err != nil && (strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "aGlkZGVu")) {
				t.Errorf("%v\nshows the secret", err)
			}
		})
	}
	if got := fmt.Sprintf("%v %+v %#v", rfc2136.Key{Name: "k", Secret: secret}, &rfc2136.Key{Name: "k", Secret: secret}, rfc2136.Key{Name: "k", Secret: secret}); strings.Contains(got, secret) {
		t.Errorf("%s shows the secret", got)
	}
}
