package issuance_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
)

// TestNoRandomness checks that no order is created if the random source fails.
func TestNoRandomness(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.Random = iotest.ErrReader(errors.New("no randomness today")) })
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	if p := w.wantProblem(id, issuance.ProblemUnavailable); !strings.Contains(p.Detail, "no randomness today") || len(w.auth.orders) != 0 {
		t.Errorf("%+v, %d orders", p, len(w.auth.orders))
	}
	if _, err := issuance.NewECDSAKey(zeros{}); err == nil {
		t.Error("NewECDSAKey accepted zeros")
	}
	if _, err := issuance.NewECDSAKey(io.LimitReader(seeded(1), 31)); err == nil {
		t.Error("NewECDSAKey accepted 31 bytes")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestDeterministic checks that the same seed yields the same certificates and due
// times.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	var serials [2]string
	for i := range serials {
		w := newFixture(t)
		made := w.apply("www.example.com", "x.example.com")
		w.run(2)
		for _, a := range made {
			serials[i] += w.record(a.ID).Certificate.Fingerprint + " " + w.record(a.ID).Progress.Due.String() + " "
		}
	}
	if serials[0] != serials[1] {
		t.Errorf("got %s and %s, want equal results", serials[0], serials[1])
	}
}

func TestRSA(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.KeyType = issuance.RSA2048 })
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	if got := w.leaf(id).PublicKeyAlgorithm.String(); got != "RSA" {
		t.Errorf("got key algorithm %s, want RSA", got)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	good := newFixture(t)
	base := issuance.Options{
		Jobs: good.db, Sites: good.sites, Keys: good.ring,
		Authorities: map[string]issuance.Authority{"a": good.ca}, Routes: map[string]string{"lets_encrypt": "a"},
	}
	if _, err := issuance.New(base); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*issuance.Options){
		"Jobs is needed":                      func(o *issuance.Options) { o.Jobs = nil },
		"Sites is needed":                     func(o *issuance.Options) { o.Sites = nil },
		"Keys is needed":                      func(o *issuance.Options) { o.Keys = nil },
		"Routes: an authority for at least":   func(o *issuance.Options) { o.Routes = nil },
		`authority "a" is nil`:                func(o *issuance.Options) { o.Authorities = map[string]issuance.Authority{"a": nil} },
		`uses unknown authority "b"`:          func(o *issuance.Options) { o.Routes = map[string]string{"x": "b"} },
		`limits for the authority "b", which`: func(o *issuance.Options) { o.Limits = map[string]issuance.Limits{"b": {}} },
		`limits of the authority "a": orders:`: func(o *issuance.Options) {
			o.Limits = map[string]issuance.Limits{"a": {Orders: issuance.Limit{Events: 1}}}
		},
		`unknown key type "dsa": there are`:                            func(o *issuance.Options) { o.KeyType = "dsa" },
		"options Workers, Lease, Margin and Poll must not be negative": func(o *issuance.Options) { o.Workers = -1 },
		"margin 2s is not shorter":                                     func(o *issuance.Options) { o.Lease, o.Margin = time.Second, 2*time.Second },
		"it must be 24h0m0s at most":                                   func(o *issuance.Options) { o.Lease = 25 * time.Hour },
	} {
		o := base
		change(&o)
		if _, err := issuance.New(o); err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "issuer: ") {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if _, err := issuance.New(issuance.Options{}); err == nil || strings.Count(err.Error(), "needed") != 4 {
		t.Errorf("empty options: got %v, want 4 missing fields", err)
	}
}

// TestNoSecretInLog checks that the log contains no keys.
func TestNoSecretInLog(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	p := &recordingDeliverer{err: errors.New("not now")}
	w := newFixture(t, delivering(p), func(o *issuance.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	id := w.apply("www.example.com")[0].ID
	w.run(2)
	c, err := w.db.Certificate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	key, err := issuance.ExportKey(w.ring, id, c)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(key), "\n")
	if strings.Contains(logged.String(), lines[1]) || strings.Contains(logged.String(), "PRIVATE") {
		t.Error("log contains the key")
	}
	for _, want := range []string{"msg=issued", "application=30000478", "domain=www.example.com", `msg="not delivered"`} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("log does not contain %s: %s", want, &logged)
		}
	}
}
