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

// RenewalInfo fetches the time window for renewing a certificate (RFC 9773).
//
// Errors: errors.ErrUnsupported if the authority provides no renewal information,
// either at all or for this certificate, or if the certificate has no identifier
// for it; otherwise the classes of issuance.Authority.
func (a *Client) RenewalInfo(ctx context.Context, leaf *x509.Certificate) (issuance.RenewalInfo, error) {
	const op = "fetch renewal information"
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
			return issuance.RenewalInfo{}, fmt.Errorf("acme: %s has no renewal information for the certificate: %w", a.o.Name, errors.ErrUnsupported)
		}
		return issuance.RenewalInfo{}, a.failure(ctx, op, x, err, true)
	}
	var info struct {
		Window struct {
			Start time.Time `json:"start"`
			End   time.Time `json:"end"`
		} `json:"suggestedWindow"`
	}
	if err := json.Unmarshal(body, &info); err != nil {
		return issuance.RenewalInfo{}, a.unavailable(op, "", fmt.Errorf("response is not renewal information: %s", printable(string(body), 80)))
	}
	w := info.Window
	if w.Start.IsZero() || !w.End.After(w.Start) {
		return issuance.RenewalInfo{}, a.unavailable(op, "", fmt.Errorf("invalid renewal window %s to %s", w.Start.Format(time.RFC3339), w.End.Format(time.RFC3339)))
	}
	return issuance.RenewalInfo{Start: w.Start, End: w.End, RetryAfter: x.after}, nil
}
