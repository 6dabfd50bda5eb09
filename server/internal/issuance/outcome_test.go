package issuance_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

func TestSiteRemoved(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	issued := w.apply("www.example.com")[0].ID
	w.run(1)
	applying := w.apply("x.example.com")[0].ID
	w.sites.missing = true
	w.run(1)
	w.wantStatus(applying, store.Failed)
	if p := w.wantProblem(applying, issuance.ProblemSite); p.Detail != "account "+account+" has no site 1234567890123 any more" {
		t.Errorf("%+v", p)
	}
	w.toDue(issued)
	w.run(1)
	w.wantStatus(issued, store.Issued)
	w.wantProblem(issued, issuance.ProblemSite)
	w.wantDue(issued, day)
	w.leaf(issued)

	w.sites.missing, w.sites.err = false, errors.New("the directory is being read")
	other := w.apply("y.example.com")[0].ID
	w.run(1)
	w.wantStatus(other, store.Applying)
	if p := w.wantProblem(other, issuance.ProblemUnavailable); !strings.Contains(p.Detail, "look up site 1234567890123: the directory is being read") {
		t.Errorf("%+v", p)
	}
}

// TestAuthorityRemoved checks that an order of an authority that is no longer
// configured is abandoned, without counting a failure.
func TestAuthorityRemoved(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.failFulfill(&issuance.RetryLaterError{After: time.Second})
	w.run(1)
	w.auth.onFulfill = nil
	w.loop = w.newLoop(func(o *issuance.Options) {
		o.Authorities = map[string]issuance.Authority{"new": w.auth}
		o.Routes = map[string]string{"lets_encrypt": "new"}
	})
	w.clock.advance(time.Second)
	w.run(2)
	r := w.wantStatus(id, store.Issued)
	if r.Certificate.Authority != "new" || len(w.auth.orders) != 2 || w.seen.count("refused www.example.com "+issuance.ProblemOrder) != 1 {
		t.Errorf("%+v, %d orders, observed %q", r.Certificate, len(w.auth.orders), w.seen.events)
	}
}

func TestNoRoute(t *testing.T) {
	t.Parallel()
	w := newFixture(t, func(o *issuance.Options) { o.Routes = map[string]string{"digicert_single": authority} })
	id := w.apply("www.example.com")[0].ID
	w.run(1)
	w.wantStatus(id, store.Applying)
	if p := w.wantProblem(id, issuance.ProblemUnavailable); p.Detail != issuance.ErrNoAuthority.Error()+": lets_encrypt" {
		t.Errorf("%+v", p)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.onFulfill = func(context.Context, issuance.FulfillRequest) error { panic("index out of range") }
	w.run(1)
	if p := w.wantProblem(id, issuance.ProblemUnavailable); !strings.Contains(p.Detail, "internal error: index out of range") {
		t.Errorf("%+v", p)
	}
}

// TestIssuedExternally checks that an application that was set to Issued outside
// the loop is not renewed.
func TestIssuedExternally(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	if err := w.db.Finish(t.Context(), id, store.Issued, baseTime()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.loop.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := w.wantStatus(id, store.Issued); !r.Progress.Due.IsZero() || len(w.auth.orders) != 0 {
		t.Errorf("%+v, %d orders", r.Progress, len(w.auth.orders))
	}
}

// TestCanceledDuringFulfill cancels an application while its order is being
// fulfilled.
func TestCanceledDuringFulfill(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	id := w.apply("www.example.com")[0].ID
	w.auth.onFulfill = func(ctx context.Context, _ issuance.FulfillRequest) error {
		return w.db.Finish(ctx, id, store.Failed, baseTime())
	}
	w.run(1)
	w.wantStatus(id, store.Failed)
	if w.seen.count("") != 0 {
		t.Errorf("observed %q", w.seen.events)
	}
	w.clock.advance(day)
	w.run(0)
}
