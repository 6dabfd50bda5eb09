package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Statuses of a certificate, as ListCertificates and GetCertificate return them.
const (
	StatusApplying    = "Applying"    // not issued yet
	StatusOK          = "OK"          // in force
	StatusIssued      = "Issued"      // the same, in older responses
	StatusExpiring    = "Expiring"    // in force for 30 days or less
	StatusExpired     = "Expired"     // no longer in force
	StatusApplyFailed = "ApplyFailed" // the application failed
	StatusCanceled    = "Canceled"    // the application was canceled
)

const (
	firstPoll = time.Second
	maxPoll   = 15 * time.Second
	// maxWaitForCertificate bounds WaitForCertificate if the context has no deadline.
	// The vendor's guides name 1 to 5 minutes for an application.
	maxWaitForCertificate = 30 * time.Minute
)

// CertificateError reports a certificate that will not be issued.
type CertificateError struct {
	ID      string
	Status  string // ApplyFailed, Canceled or Expired
	Message string // ApplyMessage; may be empty
}

// Error returns the ID, the status and the reason.
func (e *CertificateError) Error() string {
	text := "esa: certificate " + e.ID + " is " + e.Status
	if e.Message != "" {
		text += ": " + oneLine(e.Message)
	}
	return text
}

// ErrStillApplying means that a certificate was not issued before the deadline.
var ErrStillApplying = errors.New("esa: certificate is still Applying")

// WaitForCertificate calls GetCertificate until the certificate is in force, and
// returns it. It waits between calls, first 1 second and at last 15, until the
// context is done, or for 30 minutes if the context has no deadline.
//
// The error is a *CertificateError if the certificate will not be issued, one that
// matches ErrStillApplying and the context's error if the time is over, or the error
// of GetCertificate.
func (c *Client) WaitForCertificate(ctx context.Context, in GetCertificateInput, options ...Option) (*GetCertificateOutput, error) {
	if ctx == nil {
		return c.GetCertificate(ctx, in, options...) // reports it
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, maxWaitForCertificate)
		defer cancel()
	}
	for wait := firstPoll; ; wait = min(2*wait, maxPoll) {
		out, err := c.GetCertificate(ctx, in, options...)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", ErrStillApplying, err)
		case err != nil:
			return nil, err
		}
		switch out.Status {
		case StatusOK, StatusIssued, StatusExpiring:
			return out, nil
		case StatusApplyFailed, StatusCanceled, StatusExpired:
			return nil, &CertificateError{ID: in.ID, Status: out.Status, Message: value(out.Result.ApplyMessage)}
		}
		if err := c.settings.sleep(ctx, wait); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStillApplying, contextErr(ctx))
		}
	}
}
