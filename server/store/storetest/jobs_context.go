package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/esacert/esacert/server/store"
)

func jobCallTests() []jobRequirement {
	return []jobRequirement{
		{"a done context stops it before it writes", jobContextEnded},
		{"returns ErrClosed after Close", jobClosed},
	}
}

// jobCalls are all methods of store.Jobs and store.Certificates, with arguments that succeed on a store
// in which an application is leased and due again.
func jobCalls(s store.JobStore, job store.Job) map[string]func(context.Context) error {
	l := job.Lease
	return map[string]func(context.Context) error{
		"Lease": func(ctx context.Context) error {
			_, err := s.Lease(ctx, job.LeaseEnd, job.LeaseEnd.Add(time.Minute), 1)
			return err
		},
		"NextDue": func(ctx context.Context) error {
			_, err := s.NextDue(ctx)
			return err
		},
		"SaveOrder":  func(ctx context.Context) error { return s.SaveOrder(ctx, l, orderOf(1)) },
		"Reschedule": func(ctx context.Context) error { return s.Reschedule(ctx, l, next(at(1))) },
		"Complete":   func(ctx context.Context) error { return s.Complete(ctx, l, certificateOf(1), at(1), at(1)) },
		"Fail":       func(ctx context.Context) error { return s.Fail(ctx, l, problemOf(1), at(1)) },
		// An Issued application is rejected after the context and Close are checked.
		"Cancel":   func(ctx context.Context) error { return s.Cancel(ctx, job.ID, problemOf(1), at(1)) },
		"Retire":   func(ctx context.Context) error { return s.Retire(ctx, l) },
		"Expedite": func(ctx context.Context) error { return s.Expedite(ctx, job.ID, at(1)) },
		"Records": func(ctx context.Context) error {
			_, err := s.ListRecords(ctx, store.Query{})
			return err
		},
		"Certificate": func(ctx context.Context) error {
			_, err := s.Certificate(ctx, job.ID)
			return err
		},
		"PendingOrderAuthorities": func(ctx context.Context) error {
			_, err := s.PendingOrderAuthorities(ctx, job.Domain)
			return err
		},
		"Counts": func(ctx context.Context) error {
			_, err := s.Counts(ctx)
			return err
		},
		"TakeRates": func(ctx context.Context) error {
			_, err := s.TakeRates(ctx, at(1), []store.Rate{rateOf("a", 1)})
			return err
		},
		"DeleteFullRates": func(ctx context.Context) error { return s.DeleteFullRates(ctx, at(1000)) },
		"Account": func(ctx context.Context) error {
			_, err := s.Account(ctx, "ca")
			return err
		},
		"SaveAccount": func(ctx context.Context) error {
			_, err := s.SaveAccount(ctx, accountOf("another", 1))
			return err
		},
		"ListCertificates": func(ctx context.Context) error {
			_, _, err := s.ListCertificates(ctx, sampleQuery())
			return err
		},
		"FindCertificate": func(ctx context.Context) error {
			_, err := s.FindCertificate(ctx, account, site, job.ID)
			return err
		},
		"DeleteCertificate": func(ctx context.Context) error {
			r := deleteOf(job.ID)
			r.Nonce = sampleNonce(1)
			return s.DeleteCertificate(ctx, r)
		},
		"SetCertificate": func(ctx context.Context) error {
			_, err := s.SetCertificate(ctx, sampleUpload("mine", "www.example.com"))
			return err
		},
		"SiteUsage": func(ctx context.Context) error {
			_, err := s.SiteUsage(ctx, account, plan, family)
			return err
		},
		"SealedSamples": func(ctx context.Context) error {
			_, err := s.SealedSamples(ctx)
			return err
		},
		"Sealed": func(ctx context.Context) error { return s.Sealed(ctx, func(store.Sealed) error { return nil }) },
		"Reseal": func(ctx context.Context) error {
			_, err := s.Reseal(ctx, store.Sealed{Owner: "account/ca", Key: accountOf("ca", 1).SealedKey}, nil)
			return err
		},
	}
}

func jobContextEnded(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	_, err := s.SaveAccount(t.Context(), accountOf("ca", 1))
	must(t, err)
	before := certificateStateOf(t, s)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancelLate()
	for name, call := range jobCalls(s, job) {
		wantError(t, name+" with a canceled context", call(canceled), context.Canceled)
		wantError(t, name+" after the deadline", call(late), context.DeadlineExceeded)
	}
	wantSame(t, "after that", before, certificateStateOf(t, s))
	wantWait(t, s, at(1), 0, rateOf("a", 5))
}

func jobClosed(t testing.TB, open openJobs) {
	s, job := issuedOne(t, open)
	must(t, s.Close())
	for name, call := range jobCalls(s, job) {
		if err := call(t.Context()); !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
	}
}
