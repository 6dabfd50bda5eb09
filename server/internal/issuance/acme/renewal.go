package acme

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
)

// RenewalInfo asks when a certificate should be renewed (RFC 9773).
//
// Errors: errors.ErrUnsupported when the authority has no renewal information,
// not for this certificate, or the certificate cannot be asked for; the kinds of
// issuance.Authority else.
func (a *Client) RenewalInfo(ctx context.Context, leaf *x509.Certificate) (issuance.RenewalInfo, error) {
	const doing = "asking for renewal information"
	s, err := a.openDirectory(ctx)
	if err != nil {
		return issuance.RenewalInfo{}, err
	}
	if s.directory.RenewalInfo == "" {
		return issuance.RenewalInfo{}, fmt.Errorf("acme: renewal information of %s: %w", a.o.Name, errors.ErrUnsupported)
	}
	id, err := renewalID(leaf)
	if err != nil {
		return issuance.RenewalInfo{}, fmt.Errorf("acme: renewal information: %w: %w", err, errors.ErrUnsupported)
	}
	body, x, err := a.get(ctx, strings.TrimSuffix(s.directory.RenewalInfo, "/")+"/"+id)
	if err != nil {
		if x.status == http.StatusNotFound {
			return issuance.RenewalInfo{}, fmt.Errorf("acme: %s knows no renewal information for the certificate: %w", a.o.Name, errors.ErrUnsupported)
		}
		return issuance.RenewalInfo{}, a.failure(ctx, doing, x, err, true)
	}
	var answer struct {
		Window struct {
			Start time.Time `json:"start"`
			End   time.Time `json:"end"`
		} `json:"suggestedWindow"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return issuance.RenewalInfo{}, a.unavailable(doing, "", fmt.Errorf("it answers something that is not renewal information: %s", printable(string(body), 80)))
	}
	w := answer.Window
	if w.Start.IsZero() || !w.End.After(w.Start) {
		return issuance.RenewalInfo{}, a.unavailable(doing, "", fmt.Errorf("invalid renewal window %s to %s", w.Start.Format(time.RFC3339), w.End.Format(time.RFC3339)))
	}
	return issuance.RenewalInfo{Start: w.Start, End: w.End, RetryAfter: x.after}, nil
}
