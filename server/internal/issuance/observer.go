package issuance

import (
	"time"

	"github.com/esacert/esacert/server/store"
)

// Observer is told what the loop has written down, for metrics. Its methods are
// called from many goroutines and must return quickly. What happens just before
// a crash may be told to nobody.
type Observer interface {
	// Issued: an application has its first certificate, so long after it was
	// accepted.
	Issued(a store.Application, c store.Certificate, took time.Duration)
	// Renewed: an application has another certificate. It is the new one.
	Renewed(a store.Application, c store.Certificate)
	// Failed: an application ended without a certificate.
	Failed(a store.Application, p store.Problem)
	// Refused: a step came to nothing, and there will be another. The problem's
	// type is the authority's, or one of our own.
	Refused(a store.Application, p store.Problem)
	// Delivered: a certificate was delivered.
	Delivered(a store.Application)
}

// nopObserver is an Observer.
type nopObserver struct{}

func (nopObserver) Issued(store.Application, store.Certificate, time.Duration) {}
func (nopObserver) Renewed(store.Application, store.Certificate)               {}
func (nopObserver) Failed(store.Application, store.Problem)                    {}
func (nopObserver) Refused(store.Application, store.Problem)                   {}
func (nopObserver) Delivered(store.Application)                                {}
