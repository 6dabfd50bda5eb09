package issuance_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/seal"
	"github.com/esacert/esacert/server/store"
)

// recordingDeliverer is a Deliverer that records its deliveries.
type recordingDeliverer struct {
	mu   sync.Mutex
	err  error
	got  []string
	keys [][]byte
}

func (p *recordingDeliverer) Deliver(_ context.Context, d issuance.Delivery) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := tls.X509KeyPair(d.Certificate.Chain, d.Key); err != nil {
		return fmt.Errorf("key and chain do not fit: %w", err)
	}
	if d.Certificate.SealedKey != nil {
		return errors.New("delivery contains the sealed key")
	}
	p.got = append(p.got, fmt.Sprintf("%s %d", d.Application.Domain, d.Certificate.Renewals))
	p.keys = append(p.keys, d.Key)
	return p.err
}

func delivering(p *recordingDeliverer) func(*issuance.Options) {
	return func(o *issuance.Options) { o.Deliverer = p }
}

func TestDelivered(t *testing.T) {
	t.Parallel()
	p := &recordingDeliverer{}
	w := newFixture(t, delivering(p))
	id := w.apply("www.example.com")[0].ID
	w.run(2)
	if !w.record(id).Certificate.Delivered || fmt.Sprint(p.got) != "[www.example.com 0]" {
		t.Errorf("delivered %q, %+v", p.got, w.record(id).Certificate)
	}
	if got := fmt.Sprint(w.seen.events); got != "[issued www.example.com Issued delivered www.example.com]" {
		t.Errorf("observed %s", got)
	}
	for _, key := range p.keys {
		if len(bytes.Trim(key, "\x00")) > 0 {
			t.Error("the key stays in memory after its delivery")
		}
	}
	w.stepTo(baseTime().Add(59 * day))
	if len(p.got) != 1 {
		t.Errorf("delivered %q: again without need", p.got)
	}
	w.stepTo(baseTime().Add(61 * day))
	if fmt.Sprint(p.got) != "[www.example.com 0 www.example.com 1]" || !w.record(id).Certificate.Delivered {
		t.Errorf("delivered %q", p.got)
	}
}

// TestDeliveredLate checks that certificates issued before a deliverer was
// configured are delivered.
func TestDeliveredLate(t *testing.T) {
	t.Parallel()
	p := &recordingDeliverer{}
	w := newFixture(t)
	w.apply("www.example.com")
	w.run(1)
	w.loop = w.newLoop(delivering(p))
	w.stepTo(baseTime().Add(day))
	if len(p.got) != 1 {
		t.Errorf("delivered %q", p.got)
	}
}

func TestDeliveryFails(t *testing.T) {
	t.Parallel()
	p := &recordingDeliverer{err: errors.New("no space left on device")}
	w := newFixture(t, delivering(p))
	id := w.apply("www.example.com")[0].ID
	w.run(2)
	for _, wait := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, time.Hour} {
		r := w.wantStatus(id, store.Issued)
		if got := w.wantProblem(id, issuance.ProblemDelivery); got.Detail != "no space left on device" || r.Progress.Failures != 0 {
			t.Errorf("%+v, %+v", got, r.Progress)
		}
		w.wantDue(id, wait)
		w.toDue(id)
		w.run(1)
	}
	// The failed delivery does not prevent renewal.
	w.stepTo(baseTime().Add(61 * day))
	if got := w.record(id).Certificate; got.Renewals != 1 || got.Delivered {
		t.Errorf("%+v", got)
	}
	p.err = nil
	w.stepTo(baseTime().Add(62 * day))
	if got := w.record(id).Certificate; !got.Delivered || p.got[len(p.got)-1] != "www.example.com 1" {
		t.Errorf("%+v, delivered %q", got, p.got[len(p.got)-1])
	}
}

// TestDeliveredBeforeRenewal checks that a delivery is recorded even if the
// renewal in the same step fails.
func TestDeliveredBeforeRenewal(t *testing.T) {
	t.Parallel()
	p := &recordingDeliverer{err: errors.New("not now")}
	w := newFixture(t, delivering(p))
	id := w.apply("www.example.com")[0].ID
	w.run(2)
	w.clock.set(baseTime().Add(61 * day))
	p.err, p.got = nil, nil
	w.auth.failFulfill(refusal("caa", true))
	w.run(1)
	w.toDue(id)
	w.run(1)
	if len(p.got) != 1 || !w.record(id).Certificate.Delivered || w.seen.count("delivered") != 1 {
		t.Errorf("delivered %q, observed %q", p.got, w.seen.events)
	}
}

// TestSupersededCertificateIsNotDelivered checks that a certificate is not
// delivered after that of another application has replaced it.
func TestSupersededCertificateIsNotDelivered(t *testing.T) {
	t.Parallel()
	p := &recordingDeliverer{err: errors.New("not now")}
	w := newFixture(t, delivering(p))
	old := w.apply("www.example.com")[0].ID
	w.run(2)
	young := w.apply("www.example.com")[0].ID
	w.run(2)
	p.err, p.got = nil, nil
	w.stepTo(baseTime().Add(day))
	if len(p.got) != 1 || w.record(old).Certificate.Delivered || !w.record(young).Certificate.Delivered {
		t.Errorf("delivered %q", p.got)
	}
}

// TestDeliveryWithWrongKey checks that the certificate is kept and the error is
// logged.
func TestDeliveryWithWrongKey(t *testing.T) {
	t.Parallel()
	p := &recordingDeliverer{}
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	wrong, err := seal.New(seeded(77))
	if err != nil {
		t.Fatal(err)
	}
	w.loop = w.newLoop(delivering(p), func(o *issuance.Options) { o.Keys = wrong })
	w.toDue(id)
	w.run(1)
	if got := w.wantProblem(id, issuance.ProblemDelivery); !strings.Contains(got.Detail, "unknown key") || len(p.got) != 0 {
		t.Errorf("%+v, delivered %q", got, p.got)
	}
}

func TestExportKey(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	made := w.apply("www.example.com", "x.example.com")
	w.run(2)
	c, err := w.db.Certificate(t.Context(), made[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	key, err := issuance.ExportKey(w.ring, made[0].ID, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(c.Chain, key); err != nil || !bytes.HasPrefix(key, []byte("-----BEGIN PRIVATE KEY-----\n")) {
		t.Errorf("%v", err)
	}
	if _, err := issuance.ExportKey(w.ring, made[1].ID, c); !errors.Is(err, seal.ErrDecrypt) || !strings.Contains(err.Error(), fmt.Sprint(made[1].ID)) {
		t.Errorf("of another application: %v", err)
	}
}

// TestReseal checks that after a rotation the keys of orders, certificates and
// accounts are sealed with the new key.
func TestReseal(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/keys"
	old, err := seal.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := newFixture(t)
	w.ring = old
	w.loop = w.newLoop()
	issued := w.apply("www.example.com")[0].ID
	w.run(1)
	w.auth.failFulfill(&issuance.RetryLaterError{After: time.Minute})
	waiting := w.apply("x.example.com")[0].ID
	w.run(1)
	account, err := old.Seal(seal.AccountOwner("le"), []byte("account's key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.SaveAccount(t.Context(), store.ACMEAccount{Authority: "le", SealedKey: account, CreatedAt: baseTime()}); err != nil {
		t.Fatal(err)
	}
	if w.ring, err = seal.Rotate(path); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{3, 0} {
		if n, err := issuance.Reseal(t.Context(), w.db, w.ring); err != nil || n != want {
			t.Errorf("Reseal = %d, %v; want %d", n, err, want)
		}
	}
	err = w.db.Sealed(t.Context(), func(s store.Sealed) error {
		if mark, err := seal.MarkOf(s.Key); mark != w.ring.Mark() || err != nil {
			t.Errorf("%s is sealed by %s, %v", s.Owner, mark, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	w.leaf(issued)
	w.auth.onFulfill = nil
	w.loop = w.newLoop()
	w.toDue(waiting)
	w.run(1)
	w.leaf(waiting)
	kept, err := w.db.Account(t.Context(), "le")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.ring.Open(seal.AccountOwner("le"), kept.SealedKey); err != nil || string(got) != "account's key" {
		t.Errorf("%q, %v", got, err)
	}
	wrong, err := seal.New(seeded(7))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := issuance.Reseal(t.Context(), w.db, wrong); !errors.Is(err, seal.ErrUnknownKey) || !strings.Contains(err.Error(), "/") {
		t.Errorf("Reseal with another ring: %v", err)
	}
}
