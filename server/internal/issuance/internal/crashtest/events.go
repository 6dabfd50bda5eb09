//go:build unix

package crashtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/store"
)

// eventsFile has the events of all starts.
const eventsFile = "events"

// Event is a line of the events file.
type Event struct {
	Kind        string // EventOrder, EventCertificate or EventProblem
	ID          int64  // application ID
	URL         string // order URL; for a problem its type
	Fingerprint string // fingerprint of the certificate; "-" if none
}

// Kinds of events.
const (
	EventOrder       = "order"
	EventCertificate = "certificate"
	EventProblem     = "problem"
)

// ReadEvents returns the events of all starts.
func ReadEvents(dir string) (events []Event, err error) {
	content, err := os.ReadFile(filepath.Join(dir, eventsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		var e Event
		if _, err := fmt.Sscan(lines.Text(), &e.Kind, &e.ID, &e.URL, &e.Fingerprint); err != nil {
			return nil, fmt.Errorf("parse event %q: %w", lines.Text(), err)
		}
		events = append(events, e)
	}
	return events, lines.Err()
}

// Recording returns the authority, wrapped to record its orders and certificates.
func (w *Worker) Recording(a issuance.Authority) (issuance.Authority, error) {
	f, err := w.openEvents()
	return &recordingAuthority{Authority: a, events: f}, err
}

// Observer returns an observer that records the problems of the loop.
func (w *Worker) Observer() (issuance.Observer, error) {
	f, err := w.openEvents()
	return &recordingObserver{events: f}, err
}

func (w *Worker) openEvents() (*os.File, error) {
	return os.OpenFile(filepath.Join(w.Dir, eventsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

type recordingObserver struct{ events *os.File }

func (o *recordingObserver) Issued(store.Application, store.Certificate, time.Duration) {}
func (o *recordingObserver) Renewed(store.Application, store.Certificate)               {}
func (o *recordingObserver) Delivered(store.Application)                                {}

func (o *recordingObserver) Failed(a store.Application, p store.Problem) { o.Refused(a, p) }
func (o *recordingObserver) Refused(a store.Application, p store.Problem) {
	_, _ = fmt.Fprintf(o.events, "%s %d %s -\n", EventProblem, a.ID, p.Type)
}

type recordingAuthority struct {
	issuance.Authority
	events *os.File // each line is a single write
}

func (c *recordingAuthority) Order(ctx context.Context, r issuance.OrderRequest) (string, error) {
	url, err := c.Authority.Order(ctx, r)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(c.events, "%s %d %s -\n", EventOrder, r.ID, url)
	return url, err
}

func (c *recordingAuthority) Fulfill(ctx context.Context, r issuance.FulfillRequest) ([]byte, error) {
	chain, err := c.Authority.Fulfill(ctx, r)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(chain)
	if block == nil {
		return nil, errors.New("authority returned no certificate")
	}
	digest := sha256.Sum256(block.Bytes)
	_, err = fmt.Fprintf(c.events, "%s %d %s %s\n", EventCertificate, r.ID, r.URL, hex.EncodeToString(digest[:]))
	return chain, err
}

func (c *recordingAuthority) RenewalInfo(ctx context.Context, leaf *x509.Certificate) (issuance.RenewalInfo, error) {
	return c.Authority.RenewalInfo(ctx, leaf)
}
