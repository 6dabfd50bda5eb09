package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/store"
)

func modelTests() []requirement {
	return []requirement{{"behaves like the model", checkAgainstModel}}
}

// checkAgainstModel performs the same random operations on a store and on the
// model. The values are few, so that they collide: pending names, limits that are
// nearly used up.
func checkAgainstModel(t testing.TB, open openStore) {
	rapid.Check(t, func(r *rapid.T) {
		p := &storeAndModel{store: open(t), model: &model{}}
		defer func() {
			if err := p.store.Close(); err != nil {
				r.Fatalf("Close: %v", err)
			}
		}()
		r.Repeat(map[string]func(*rapid.T){
			"apply":  p.apply,
			"finish": p.finish,
			"save":   p.save,
			"forget": p.forget,
			"lower":  p.lower,
			"query":  p.query,
			"":       p.compare,
		})
	})
}

// storeAndModel is a store and its model.
type storeAndModel struct {
	store     store.Store
	model     *model
	forgotten time.Time // the latest deletion time
}

func someAccounts() []string                         { return []string{"a", "b"} }
func somePlans() []string                            { return []string{"basic", "pro"} }
func someFamilies() []string                         { return []string{"lets_encrypt", "digicert"} }
func someAlgTypes() []string                         { return []string{"", "RSA", "ecc", "SM2"} }
func someSites() []int64                             { return []int64{1, 2, 3} }
func someStates() []store.Status                     { return []store.Status{store.Applying, store.Issued, store.Failed} }
func someNames() []string                            { return []string{"v", "w", "x", "y", "z"} }
func pick[T any](r *rapid.T, of []T, label string) T { return rapid.SampledFrom(of).Draw(r, label) }

func (p *storeAndModel) apply(r *rapid.T) {
	limit := rapid.OneOf(rapid.Just(store.Unlimited), rapid.IntRange(0, 12))
	b := store.ApplyRequest{
		Account:         pick(r, someAccounts(), "account"),
		SiteID:          pick(r, someSites(), "site"),
		Domains:         rapid.SliceOfNDistinct(rapid.SampledFrom(someNames()), 1, 4, rapid.ID[string]).Draw(r, "names"),
		Type:            pick(r, someFamilies(), "type"),
		AlgType:         pick(r, someAlgTypes(), "algorithm"),
		RequestID:       rapid.StringMatching(`[0-9A-F]{8}`).Draw(r, "request"),
		At:              drawTime(r).Add(time.Duration(rapid.IntRange(0, 999_999).Draw(r, "microseconds")) * time.Microsecond),
		Plan:            pick(r, somePlans(), "plan"),
		Family:          pick(r, someFamilies(), "family"),
		Quota:           limit.Draw(r, "quota"),
		DNSRecordsEach:  rapid.IntRange(0, 2).Draw(r, "each"),
		DNSRecordsInUse: rapid.IntRange(0, 3).Draw(r, "in use"),
		DNSRecordLimit:  limit.Draw(r, "record limit"),
		Nonce:           drawNonce(r),
	}
	want, wantErr := p.model.Apply(r.Context(), b)
	got, err := p.store.Apply(r.Context(), b)
	same(r, fmt.Sprintf("Apply(%+v)", b), want, got, wantErr, err)
}

func (p *storeAndModel) finish(r *rapid.T) {
	id := store.FirstID + int64(rapid.IntRange(-1, len(p.model.applications)).Draw(r, "number"))
	to, at := pick(r, someStates(), "to"), drawTime(r)
	want := p.model.Finish(r.Context(), id, to, at)
	got := p.store.Finish(r.Context(), id, to, at)
	same(r, fmt.Sprintf("Finish(%d, %s)", id, to), 0, 0, want, got)
}

func (p *storeAndModel) save(r *rapid.T) {
	nonces := rapid.SliceOfN(rapid.Custom(drawNonce), 0, 5).Draw(r, "nonces")
	want := p.model.SaveNonces(r.Context(), nonces)
	got := p.store.SaveNonces(r.Context(), nonces)
	same(r, "SaveNonces", 0, 0, want, got)
}

func (p *storeAndModel) forget(r *rapid.T) {
	now := drawTime(r)
	want := p.model.DeleteExpiredNonces(r.Context(), now)
	got := p.store.DeleteExpiredNonces(r.Context(), now)
	same(r, "DeleteExpiredNonces", 0, 0, want, got)
	if now.After(p.forgotten) {
		p.forgotten = now
	}
	// A store may still have some of those that expired before.
	since := p.forgotten.Add(-time.Nanosecond)
	wantNonces(r, p.store, since, collect(r, p.model, since))
}

func (p *storeAndModel) lower(r *rapid.T) {
	to := drawTime(r)
	want := p.model.LowerNonceHorizon(r.Context(), to)
	got := p.store.LowerNonceHorizon(r.Context(), to)
	same(r, "LowerNonceHorizon", 0, 0, want, got)
}

func (p *storeAndModel) query(r *rapid.T) {
	q := store.Query{
		Account: pick(r, append(someAccounts(), ""), "account"),
		SiteID:  pick(r, append(someSites(), 0), "site"),
		Domain:  pick(r, append(someNames(), ""), "name"),
		Status:  pick(r, append(someStates(), ""), "state"),
		After:   store.FirstID + int64(rapid.IntRange(-1, len(p.model.applications)).Draw(r, "after")),
		Limit:   rapid.IntRange(0, 5).Draw(r, "limit"),
	}
	want, wantErr := p.model.Applications(r.Context(), q)
	got, err := p.store.Applications(r.Context(), q)
	same(r, fmt.Sprintf("Applications(%+v)", q), want, got, wantErr, err)
}

// compare compares all counters with the rows of the model, which counts them.
func (p *storeAndModel) compare(r *rapid.T) {
	for _, account := range someAccounts() {
		for _, plan := range somePlans() {
			for i, family := range someFamilies() {
				site := someSites()[i]
				want, wantErr := p.model.Usage(r.Context(), account, plan, family, site)
				got, err := p.store.Usage(r.Context(), account, plan, family, site)
				same(r, "Usage", want, got, wantErr, err)
			}
		}
	}
	want, wantErr := p.model.NonceHorizon(r.Context())
	got, err := p.store.NonceHorizon(r.Context())
	same(r, "NonceHorizon", want.UTC(), got.UTC(), wantErr, err)
	if got, want := len(all(r, p.store)), len(p.model.applications); got != want {
		r.Fatalf("%d applications, want %d", got, want)
	}
}

func drawTime(r *rapid.T) time.Time { return second(rapid.IntRange(0, 100).Draw(r, "second")) }

func drawNonce(r *rapid.T) store.Nonce {
	return store.Nonce{Key: keyOf(rapid.Uint64().Draw(r, "key")), Expires: drawTime(r)}
}

// same compares a result and an error with those of the model.
func same[T any](r *rapid.T, what string, want, got T, wantErr, err error) {
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		r.Fatalf("%s (-model +store):\n%s", what, diff)
	}
	if fmt.Sprint(wantErr) != fmt.Sprint(err) {
		r.Fatalf("%s: the error is %v, the model's is %v", what, err, wantErr)
	}
}
