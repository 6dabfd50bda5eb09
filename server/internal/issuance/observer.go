package issuance

import (
	"time"

	"github.com/esacert/esacert/server/store"
)

// Observer receives what the loop has recorded, for metrics. It must be safe
// for concurrent use and return quickly. Events just before a crash may be
// lost.
type Observer interface {
	// Issued: an application has its first certificate, the given time after it was
	// accepted.
	Issued(a store.Application, c store.Certificate, took time.Duration)
	// Renewed: an application has a renewed certificate, the given one.
	Renewed(a store.Application, c store.Certificate)
	// Failed: an application failed without a certificate.
	Failed(a store.Application, p store.Problem)
	// Refused: a step failed and will be retried. The problem's type is the
	// authority's, or one of this package.
	Refused(a store.Application, p store.Problem)
	// Delivered: a certificate was delivered.
	Delivered(a store.Application)
}

// nopObserver ignores all events.
type nopObserver struct{}

func (nopObserver) Issued(store.Application, store.Certificate, time.Duration) {}
func (nopObserver) Renewed(store.Application, store.Certificate)               {}
func (nopObserver) Failed(store.Application, store.Problem)                    {}
func (nopObserver) Refused(store.Application, store.Problem)                   {}
func (nopObserver) Delivered(store.Application)                                {}
