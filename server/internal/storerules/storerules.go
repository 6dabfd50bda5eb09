// Package storerules holds the checks and computations that all implementations
// of store.Store and store.Jobs share.
package storerules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/server/store"
)

// MaxPostponement is the longest time for which a step is postponed. A due time
// further ahead was written by a clock that has since been set back.
const MaxPostponement = 48 * time.Hour

// MaxClockSkew is the largest difference between the clocks of two callers of
// TakeRates, including the time that a call waits for the store.
const MaxClockSkew = time.Minute

// SealedMark is the number of bytes at the start of a sealed key that are equal
// for all keys sealed by the same key.
const SealedMark = 5

// Statuses returns every status.
func Statuses() []store.Status {
	return []store.Status{store.Applying, store.Issued, store.Failed, store.Canceled}
}

// ParseStatus returns the status spelled exactly like s. The error lists the
// statuses.
func ParseStatus(s string) (store.Status, error) {
	if status := store.Status(s); slices.Contains(Statuses(), status) {
		return status, nil
	}
	return "", fmt.Errorf("%q is not a status: want exactly %s, %s, %s or %s", s, store.Applying, store.Issued, store.Failed, store.Canceled)
}

// CanBecome reports whether Finish may move an application from one status to
// another.
func CanBecome(from, to store.Status) bool {
	switch from {
	case store.Applying:
		return to == store.Issued || to == store.Failed
	case store.Issued:
		return to == store.Failed
	default:
		return false
	}
}

// PageSize returns the number of rows on a page of the query: Limit,
// DefaultLimit if Limit is 0 or less, and at most MaxLimit.
func PageSize(q store.Query) int {
	if q.Limit <= 0 {
		return store.DefaultLimit
	}
	return min(q.Limit, store.MaxLimit)
}

// CheckApply rejects a request without domain names, with a duplicate name, or
// with a negative number of DNS records. Apply calls it first.
//
// Errors: ErrInvalidBatch.
func CheckApply(b *store.ApplyRequest) error {
	if len(b.Domains) == 0 {
		return fmt.Errorf("%w: no domain name", store.ErrInvalidBatch)
	}
	if b.DNSRecordsEach < 0 || b.DNSRecordsInUse < 0 {
		return fmt.Errorf("%w: negative number of DNS records", store.ErrInvalidBatch)
	}
	// Quadratic, but a request has at most 50 names and most have one.
	for i, domain := range b.Domains {
		if slices.Contains(b.Domains[:i], domain) {
			return fmt.Errorf("%w: duplicate domain name %q", store.ErrInvalidBatch, domain)
		}
	}
	return nil
}

// CheckHorizon rejects a nonce that expires before the horizon. The zero nonce
// is accepted.
//
// Errors: ErrNonceForgotten.
func CheckHorizon(n *store.Nonce, horizon time.Time) error {
	if *n == (store.Nonce{}) || !n.Expires.Before(horizon) {
		return nil
	}
	return fmt.Errorf("%w: nonce expires at %s, horizon is %s",
		store.ErrNonceForgotten, n.Expires.UTC().Format(time.RFC3339), horizon.UTC().Format(time.RFC3339))
}

// CoveringWildcard returns the wildcard that covers a domain name, or the name itself
// if no wildcard does or it is not one name.
func CoveringWildcard(name string) string {
	if _, parent, ok := strings.Cut(name, "."); ok && strings.Contains(parent, ".") && !strings.Contains(name, ",") {
		return "*." + parent
	}
	return name
}

// WholeSecond returns t in UTC, rounded up to a whole second. A store keeps the
// expiry of a nonce and the horizon in this form.
func WholeSecond(t time.Time) time.Time {
	seconds := t.Unix()
	if t.Nanosecond() > 0 {
		seconds++
	}
	return time.Unix(seconds, 0).UTC()
}

// NormalizeTime returns t as a store keeps it: UTC, truncated to the
// microsecond, the resolution of the time types of the engines.
func NormalizeTime(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }
