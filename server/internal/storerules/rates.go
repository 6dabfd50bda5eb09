package storerules

import (
	"fmt"
	"time"

	"github.com/esacert/esacert/server/store"
)

// maxRefill bounds Interval times Burst, so that no sum of times overflows.
const maxRefill = 100 * 365 * 24 * time.Hour

// CheckRate rejects a rate limit that cannot be applied.
//
// Errors: ErrInvalidRate.
func CheckRate(r store.Rate) error {
	switch {
	case r.Key == "":
		return fmt.Errorf("%w: empty key", store.ErrInvalidRate)
	case r.Interval <= 0 || r.Burst < 1:
		return fmt.Errorf("%w: %q allows a burst of %d events and one more each %v; both must be positive", store.ErrInvalidRate, r.Key, r.Burst, r.Interval)
	case r.Interval > maxRefill/time.Duration(r.Burst):
		return fmt.Errorf("%w: %q refills %d events, one each %v, in more than %v", store.ErrInvalidRate, r.Key, r.Burst, r.Interval, maxRefill)
	case r.Cost < -r.Burst || r.Cost > r.Burst:
		return fmt.Errorf("%w: %q has the cost %d and a burst of %d events only", store.ErrInvalidRate, r.Key, r.Cost, r.Burst)
	}
	return nil
}

// MergeRates checks rates and merges those with the same key into one, whose
// cost is the sum. TakeRates calls it first.
//
// Errors: ErrInvalidRate.
func MergeRates(rates []store.Rate) ([]store.Rate, error) {
	merged := make([]store.Rate, 0, len(rates))
	index := make(map[string]int, len(rates))
	for _, r := range rates {
		if err := CheckRate(r); err != nil {
			return nil, err
		}
		i, known := index[r.Key]
		if !known {
			index[r.Key] = len(merged)
			merged = append(merged, r)
			continue
		}
		m := &merged[i]
		if m.Interval != r.Interval || m.Burst != r.Burst {
			return nil, fmt.Errorf("%w: %q is both %d, one each %v, and %d, one each %v", store.ErrInvalidRate, r.Key, m.Burst, m.Interval, r.Burst, r.Interval)
		}
		m.Cost += r.Cost
		if err := CheckRate(*m); err != nil {
			return nil, err
		}
	}
	return merged, nil
}
