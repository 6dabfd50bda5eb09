package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func jobModelTests() []jobRequirement {
	return []jobRequirement{{"behaves like the model of jobs", checkJobsAgainstModel}}
}

// checkJobsAgainstModel performs the same random operations on a store and on the
// model, with a clock that advances and is set back.
func checkJobsAgainstModel(t testing.TB, open openJobs) {
	rapid.Check(t, func(r *rapid.T) {
		p := &jobsAndModel{store: open(t), model: newJobsModel(), now: at(0), forgotten: second(0)}
		defer func() {
			if err := p.store.Close(); err != nil {
				r.Fatalf("Close: %v", err)
			}
		}()
		p.begin(r)
		r.Repeat(map[string]func(*rapid.T){
			"clock":       p.clock,
			"apply":       p.apply,
			"finish":      p.finish,
			"lease":       p.lease,
			"save order":  p.saveOrder,
			"reschedule":  p.reschedule,
			"complete":    p.complete,
			"fail":        p.fail,
			"cancel":      p.cancel,
			"retire":      p.retire,
			"expedite":    p.expedite,
			"records":     p.records,
			"certificate": p.certificate,
			"takeRates":   p.takeRates,
			"account":     p.account,
			"reseal":      p.reseal,
			"forget":      p.forget,
			"upload":      p.upload,
			"delete":      p.deleteCertificate,
			"list":        p.listCertificates,
			"find":        p.findCertificate,
			"":            p.compare,
		})
	})
}

// jobsAndModel is a store and its model.
type jobsAndModel struct {
	store  store.JobStore
	model  *jobsModel
	now    time.Time
	leases []store.Lease // that were given, the last ones

	forgotten time.Time // the latest up to which nonces were deleted
}

// begin leaves some applications leased, two of them with an order, and an uploaded
// certificate with a problem, so that there is something to do.
func (p *jobsAndModel) begin(r *rapid.T) {
	b := store.ApplyRequest{Account: "a", SiteID: 1, Domains: someNames(), At: p.now, Plan: "p", Family: "f", Quota: store.Unlimited}
	mustApply(r, p.model, b)
	mustApply(r, p.store, b)
	for _, name := range []string{"mine", "other"} {
		u := sampleUpload(name, "w.x.y")
		u.Account, u.SiteID, u.Plan, u.At = "a", 1, "p", p.now
		mustUpload(r, p.model, u)
		mustUpload(r, p.store, u)
	}
	jobs := mustLease(r, p.store, p.now)
	wantSame(r, "the first lease", mustLease(r, p.model, p.now), jobs)
	problem := problemOf(1)
	for i, job := range jobs {
		for _, s := range []store.JobStore{p.model, p.store} {
			if i < 2 {
				must(r, s.SaveOrder(r.Context(), job.Lease, orderOf(i)))
			}
			if job.Name == "other" {
				must(r, s.Reschedule(r.Context(), job.Lease, store.Rescheduling{Due: at(1), Failures: 1, Retries: 1, Problem: &problem}))
			}
		}
		p.leases = append(p.leases, job.Lease)
	}
}

func (p *jobsAndModel) clock(r *rapid.T) {
	steps := []time.Duration{time.Millisecond, time.Second, 20 * time.Second, time.Hour, storerules.MaxPostponement + time.Minute, -10 * time.Second, -3 * storerules.MaxPostponement}
	p.now = p.now.Add(pick(r, steps, "step"))
}

// time returns a time near now.
func (p *jobsAndModel) time(r *rapid.T, label string) time.Time {
	return p.now.Add(time.Duration(rapid.IntRange(-3, 100).Draw(r, label)) * time.Second)
}

func (p *jobsAndModel) id(r *rapid.T) int64 {
	return store.FirstID + int64(rapid.IntRange(-1, len(p.model.applications)).Draw(r, "number"))
}

// someLease returns one of the last leases, or an invented one.
func (p *jobsAndModel) someLease(r *rapid.T) store.Lease {
	if len(p.leases) == 0 || rapid.IntRange(0, 9).Draw(r, "invented") == 0 {
		return store.Lease{ApplicationID: p.id(r), Attempt: int64(rapid.IntRange(0, 3).Draw(r, "attempt"))}
	}
	return pick(r, p.leases, "lease")
}

func (p *jobsAndModel) apply(r *rapid.T) {
	b := store.ApplyRequest{
		Account: "a", SiteID: pick(r, someSites(), "site"), Type: "t", RequestID: "r", At: p.time(r, "at"), Plan: "p", Family: "f",
		Domains: rapid.SliceOfNDistinct(rapid.SampledFrom(someNames()), 1, 4, rapid.ID[string]).Draw(r, "names"),
		Quota:   pick(r, []int{store.Unlimited, 6}, "quota"), DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
	}
	want, wantErr := p.model.Apply(r.Context(), b)
	got, err := p.store.Apply(r.Context(), b)
	same(r, fmt.Sprintf("Apply(%+v)", b), want, got, wantErr, err)
}

func (p *jobsAndModel) finish(r *rapid.T) {
	id, to := p.id(r), pick(r, someStates(), "to")
	same(r, fmt.Sprintf("Finish(%d, %s)", id, to), 0, 0, p.model.Finish(r.Context(), id, to, p.now), p.store.Finish(r.Context(), id, to, p.now))
}

func (p *jobsAndModel) lease(r *rapid.T) {
	until, limit := p.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(r, "seconds"))*time.Second), rapid.IntRange(0, 6).Draw(r, "limit")
	want, wantErr := p.model.Lease(r.Context(), p.now, until, limit)
	got, err := p.store.Lease(r.Context(), p.now, until, limit)
	same(r, fmt.Sprintf("Lease(%v, %v, %d)", p.now, until, limit), want, got, wantErr, err)
	for _, job := range got {
		p.leases = append(p.leases, job.Lease)
	}
	p.leases = p.leases[max(len(p.leases)-8, 0):]
}

// fenced makes a call with a lease to the store and the model.
func (p *jobsAndModel) fenced(r *rapid.T, what string, call func(s store.JobStore, l store.Lease) error) {
	l := p.someLease(r)
	same(r, fmt.Sprintf("%s(%+v)", what, l), 0, 0, call(p.model, l), call(p.store, l))
}

func (p *jobsAndModel) saveOrder(r *rapid.T) {
	o := orderOf(rapid.IntRange(0, 3).Draw(r, "order"))
	o.CreatedAt = p.time(r, "created")
	p.fenced(r, "SaveOrder", func(s store.JobStore, l store.Lease) error { return s.SaveOrder(r.Context(), l, o) })
}

func (p *jobsAndModel) reschedule(r *rapid.T) {
	n := store.Rescheduling{
		Due: p.time(r, "due"), Failures: rapid.IntRange(0, 5).Draw(r, "failures"), Retries: rapid.IntRange(0, 5).Draw(r, "retries"),
		DropOrder: rapid.Bool().Draw(r, "drop"), Delivered: rapid.Bool().Draw(r, "delivered"),
	}
	if rapid.IntRange(0, 9).Draw(r, "never") == 0 {
		n.Due = time.Time{}
	}
	if rapid.Bool().Draw(r, "troubled") {
		problem := problemOf(rapid.IntRange(0, 100).Draw(r, "problem"))
		n.Problem = &problem
	}
	p.fenced(r, "Reschedule", func(s store.JobStore, l store.Lease) error { return s.Reschedule(r.Context(), l, n) })
}

func (p *jobsAndModel) complete(r *rapid.T) {
	c := certificateOf(rapid.IntRange(0, 100).Draw(r, "certificate"))
	c.Delivered = rapid.Bool().Draw(r, "delivered")
	due := pick(r, []time.Time{{}, p.time(r, "due")}, "due or never")
	p.fenced(r, "Complete", func(s store.JobStore, l store.Lease) error { return s.Complete(r.Context(), l, c, due, p.now) })
}

func (p *jobsAndModel) fail(r *rapid.T) {
	problem := problemOf(rapid.IntRange(0, 100).Draw(r, "problem"))
	p.fenced(r, "Fail", func(s store.JobStore, l store.Lease) error { return s.Fail(r.Context(), l, problem, p.now) })
}

func (p *jobsAndModel) cancel(r *rapid.T) {
	id, problem := p.id(r), problemOf(rapid.IntRange(0, 100).Draw(r, "problem"))
	want := p.model.Cancel(r.Context(), id, problem, p.now)
	same(r, fmt.Sprintf("Cancel(%d)", id), 0, 0, want, p.store.Cancel(r.Context(), id, problem, p.now))
}

func (p *jobsAndModel) retire(r *rapid.T) {
	p.fenced(r, "Retire", func(s store.JobStore, l store.Lease) error { return s.Retire(r.Context(), l) })
}

func (p *jobsAndModel) expedite(r *rapid.T) {
	id, due := p.id(r), pick(r, []time.Time{p.time(r, "due"), p.time(r, "due"), {}}, "to")
	same(r, fmt.Sprintf("Expedite(%d, %v)", id, due), 0, 0, p.model.Expedite(r.Context(), id, due), p.store.Expedite(r.Context(), id, due))
}

func (p *jobsAndModel) records(r *rapid.T) {
	q := store.Query{
		Account: pick(r, []string{"", "a", "b"}, "account"), SiteID: pick(r, append(someSites(), 0), "site"),
		Domain: pick(r, append(someNames(), ""), "name"), Status: pick(r, append(someStates(), "", store.Canceled, store.Deleted), "state"),
		After: p.id(r), Limit: rapid.IntRange(0, 5).Draw(r, "limit"),
	}
	want, wantErr := p.model.ListRecords(r.Context(), q)
	got, err := p.store.ListRecords(r.Context(), q)
	same(r, fmt.Sprintf("ListRecords(%+v)", q), want, got, wantErr, err)
	name := pick(r, someNames(), "ordered")
	names, wantErr := p.model.PendingOrderAuthorities(r.Context(), name)
	gotNames, err := p.store.PendingOrderAuthorities(r.Context(), name)
	same(r, fmt.Sprintf("PendingOrderAuthorities(%q)", name), names, gotNames, wantErr, err)
}

func (p *jobsAndModel) certificate(r *rapid.T) {
	id := p.id(r)
	want, wantErr := p.model.Certificate(r.Context(), id)
	got, err := p.store.Certificate(r.Context(), id)
	same(r, fmt.Sprintf("Certificate(%d)", id), want, got, wantErr, err)
}

func (p *jobsAndModel) takeRates(r *rapid.T) {
	rates := make([]store.Rate, rapid.IntRange(0, 3).Draw(r, "rates"))
	for i := range rates {
		n := rapid.IntRange(1, 3).Draw(r, "rate")
		rates[i] = store.Rate{
			Key: fmt.Sprint(n), Burst: 2 * n, Interval: time.Duration(n)*time.Second + time.Duration(n),
			Cost: rapid.IntRange(-n, 2*n).Draw(r, "cost"),
		}
	}
	want, wantErr := p.model.TakeRates(r.Context(), p.now, rates)
	got, err := p.store.TakeRates(r.Context(), p.now, rates)
	same(r, fmt.Sprintf("TakeRates(%v, %+v)", p.now, rates), want, got, wantErr, err)
	if rapid.IntRange(0, 4).Draw(r, "forget") == 0 {
		now := p.time(r, "forgotten")
		same(r, "DeleteFullRates", 0, 0, p.model.DeleteFullRates(r.Context(), now), p.store.DeleteFullRates(r.Context(), now))
	}
}

func (p *jobsAndModel) account(r *rapid.T) {
	a := accountOf(pick(r, someNames(), "authority"), rapid.IntRange(0, 1).Draw(r, "key"))
	a.URL = pick(r, []string{"", "https://ca.example/1", "https://ca.example/2"}, "URL")
	want, wantErr := p.model.SaveAccount(r.Context(), a)
	got, err := p.store.SaveAccount(r.Context(), a)
	same(r, fmt.Sprintf("SaveAccount(%+v)", a), want, got, wantErr, err)
	name := pick(r, someNames(), "another")
	want, wantErr = p.model.Account(r.Context(), name)
	got, err = p.store.Account(r.Context(), name)
	same(r, fmt.Sprintf("Account(%q)", name), want, got, wantErr, err)
}

func (p *jobsAndModel) reseal(r *rapid.T) {
	keys := append(stateOf(r, p.model).Sealed, store.Sealed{Owner: "order/1"})
	old := pick(r, keys, "key")
	if rapid.IntRange(0, 3).Draw(r, "another") == 0 {
		old.Key = []byte("another")
	}
	sealed := rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(r, "sealed")
	want, wantErr := p.model.Reseal(r.Context(), old, sealed)
	got, err := p.store.Reseal(r.Context(), old, sealed)
	same(r, fmt.Sprintf("Reseal(%+v)", old), want, got, wantErr, err)
}

// compare compares all data of the store with the model.
func (p *jobsAndModel) compare(r *rapid.T) {
	want, got := stateOf(r, p.model), stateOf(r, p.store)
	same(r, "the state", want, got, nil, nil)
	usage, wantErr := p.model.Usage(r.Context(), "a", "p", "f", 1)
	gotUsage, err := p.store.Usage(r.Context(), "a", "p", "f", 1)
	same(r, "Usage", usage, gotUsage, wantErr, err)
	p.compareCertificates(r)
}
