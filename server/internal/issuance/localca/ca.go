package localca

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Options configures an authority. The zero value is an in-memory authority
// that issues certificates for 90 days without delay.
type Options struct {
	// Dir stores root and intermediate. It is created with its parents if
	// necessary. If empty, they are kept in memory.
	Dir string
	// Check creates and changes no files: what is missing is created in memory.
	Check bool
	// Lifetime of a certificate; 0 for DefaultLifetime. It is limited by the
	// intermediate's lifetime.
	Lifetime time.Duration
	// Delay from an application, or from the order of a renewal, to the
	// certificate.
	Delay time.Duration
	// RenewalInfo enables renewal information: between two thirds and three
	// quarters of a certificate's life.
	RenewalInfo bool
	// Now is the clock; nil for time.Now.
	Now func() time.Time
	// Random is the source of root and intermediate; it may be deterministic. Nil
	// for crypto/rand.Reader.
	Random io.Reader
}

// DefaultLifetime is the default lifetime of a certificate.
const DefaultLifetime = 90 * 24 * time.Hour

// minLifetime keeps validity, which has whole seconds, from being empty.
const minLifetime = time.Minute

// CA is a certificate authority. It is safe for concurrent use.
type CA struct {
	options   Options
	root      *x509.Certificate
	signer    keypem.Pair // intermediate
	chain     []byte      // PEM of the certificates after the leaf
	behaviour Faults
}

var _ issuance.Authority = (*CA)(nil)

// Open opens an authority, and creates it if it does not exist.
//
// Errors: *FileError for an invalid file, those of the file system, and for
// invalid options.
func Open(options Options) (*CA, error) {
	if options.Lifetime == 0 {
		options.Lifetime = DefaultLifetime
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	if options.Lifetime < minLifetime {
		return nil, fmt.Errorf("localca: the lifetime is %v: it must be %v at least", options.Lifetime, minLifetime)
	}
	if options.Delay < 0 {
		return nil, fmt.Errorf("localca: the delay is %v: it must not be negative", options.Delay)
	}
	p, err := openPair(options)
	if err != nil {
		return nil, err
	}
	return &CA{
		options: options,
		root:    p.root.Certificate,
		signer:  p.intermediate,
		chain:   keypem.EncodeCertificate(p.intermediate.Certificate),
	}, nil
}

// Root returns the root certificate in PEM, for clients to trust.
func (c *CA) Root() []byte {
	return keypem.EncodeCertificate(c.root)
}

// Faults returns the rules that inject faults.
func (c *CA) Faults() *Faults { return &c.behaviour }

// Order opens an order.
func (c *CA) Order(ctx context.Context, r issuance.OrderRequest) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := c.behaviour.orders(r.Name); err != nil {
		return "", err
	}
	return order{id: r.ID, at: storerules.NormalizeTime(c.options.Now())}.url(), nil
}

// Fulfill issues the certificate of an order.
func (c *CA) Fulfill(ctx context.Context, r issuance.FulfillRequest) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o, err := parseOrder(r.URL)
	if err != nil || o.id != r.ID {
		return nil, orderInvalidError("urn:ietf:params:acme:error:malformed", fmt.Sprintf("%q is not an order of application %d", r.URL, r.ID))
	}
	delay, err := c.behaviour.fulfils(r.Name)
	if err != nil {
		return nil, err
	}
	now := c.options.Now()
	if ahead := o.at.Sub(now); ahead > clockTolerance {
		return nil, orderInvalidError("urn:ietf:params:acme:error:orderNotReady",
			fmt.Sprintf("the order is from %s, that is %v ahead: the clock was set back", o.at.Format(time.RFC3339), ahead))
	}
	since := o.at
	if !r.AppliedAt.IsZero() && r.AppliedAt.Before(o.at) { // otherwise a clock was set back in between
		since = r.AppliedAt
	}
	if wait := max(o.at.Add(delay).Sub(now), since.Add(c.options.Delay).Sub(now)); wait > 0 {
		return nil, &issuance.RetryLaterError{After: wait}
	}
	return c.issue(o, r)
}

// clockTolerance bounds how far an order may be in the future.
const clockTolerance = 5 * time.Minute

// orderInvalidError rejects an unusable order.
func orderInvalidError(typ, detail string) error {
	return &issuance.RejectedError{Problem: store.Problem{Type: typ, Detail: detail}, OrderInvalid: true}
}

// issue signs a certificate. It depends only on the order, the name and the
// key.
func (c *CA) issue(o order, r issuance.FulfillRequest) ([]byte, error) {
	const badCSR = "urn:ietf:params:acme:error:badCSR"
	request, err := x509.ParseCertificateRequest(r.CSR)
	if err != nil {
		return nil, orderInvalidError(badCSR, "the request for the certificate is not one: "+err.Error())
	}
	if err := request.CheckSignature(); err != nil {
		return nil, orderInvalidError(badCSR, "the request for the certificate is not signed by its key: "+err.Error())
	}
	if len(request.DNSNames) != 1 || request.DNSNames[0] != r.Name {
		return nil, orderInvalidError(badCSR, fmt.Sprintf("the request is for %q, the order is for %q", request.DNSNames, r.Name))
	}
	serial := sha256.Sum256([]byte(r.URL + "\x00" + r.Name + "\x00" + string(request.RawSubjectPublicKeyInfo)))
	serial[0] = serial[0]&0x7f | 0x40 // positive, with a fixed length
	subjectKey := sha256.Sum256(request.RawSubjectPublicKeyInfo)
	from := o.at.Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:16]),
		NotBefore:    from,
		NotAfter:     earlier(from.Add(c.options.Lifetime), c.signer.Certificate.NotAfter),
		DNSNames:     request.DNSNames,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		SubjectKeyId: subjectKey[:20],

		BasicConstraintsValid: true,
	}
	if request.PublicKeyAlgorithm == x509.RSA {
		template.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	// Without randomness, ECDSA signatures are deterministic (RFC 6979).
	der, err := x509.CreateCertificate(nil, template, c.signer.Certificate, request.PublicKey, c.signer.Key)
	if err != nil {
		return nil, fmt.Errorf("localca: signing: %w", err)
	}
	leaf := pem.EncodeToMemory(&pem.Block{Type: keypem.CertificateBlock, Bytes: der})
	return append(leaf, c.chain...), nil
}

// RenewalInfo returns the renewal window if Options.RenewalInfo is set.
func (c *CA) RenewalInfo(_ context.Context, leaf *x509.Certificate) (issuance.RenewalInfo, error) {
	if !c.options.RenewalInfo {
		return issuance.RenewalInfo{}, fmt.Errorf("localca: no renewal information: %w", errors.ErrUnsupported)
	}
	life := leaf.NotAfter.Sub(leaf.NotBefore)
	return issuance.RenewalInfo{Start: leaf.NotAfter.Add(-life / 3), End: leaf.NotAfter.Add(-life / 4), RetryAfter: 6 * time.Hour}, nil
}

// Revoke returns errors.ErrUnsupported: the embedded authority publishes neither CRL
// nor OCSP, so that no client would see a revocation.
func (c *CA) Revoke(context.Context, *x509.Certificate) error {
	return fmt.Errorf("localca: revoke certificate: %w", errors.ErrUnsupported)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
