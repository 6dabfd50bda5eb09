package storerules_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func TestRateCheck(t *testing.T) {
	t.Parallel()
	good := store.Rate{Key: "k", Interval: time.Second, Burst: 3, Cost: 1}
	if err := storerules.CheckRate(good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*store.Rate)
		want   string
	}{
		{"no key", func(r *store.Rate) { r.Key = "" }, "empty key"},
		{"no interval", func(r *store.Rate) { r.Interval = 0 }, "must be positive"},
		{"a negative interval", func(r *store.Rate) { r.Interval = -1 }, "must be positive"},
		{"no burst", func(r *store.Rate) { r.Burst = 0 }, "must be positive"},
		{"longer than a century", func(r *store.Rate) { r.Burst = math.MaxInt }, "876000h0m0s"},
		{"cost above burst", func(r *store.Rate) { r.Cost = 4 }, `"k" has the cost 4 and a burst of 3 events only`},
		{"refund above burst", func(r *store.Rate) { r.Cost = -4 }, `"k" has the cost -4 and a burst of 3 events only`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bad := good
			c.change(&bad)
			if err := storerules.CheckRate(bad); !errors.Is(err, store.ErrInvalidRate) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Check: %v, want an ErrInvalidRate with %q", err, c.want)
			}
		})
	}
}

func TestMergeRates(t *testing.T) {
	t.Parallel()
	rate := func(key string, cost int) store.Rate {
		return store.Rate{Key: key, Interval: time.Second, Burst: 3, Cost: cost}
	}
	faster := rate("a", 1)
	faster.Interval--
	for _, c := range []struct {
		name        string
		rates, want []store.Rate
		wantErr     string
	}{
		{name: "none"},
		{name: "different keys", rates: []store.Rate{rate("b", 1), rate("a", 0)}, want: []store.Rate{rate("b", 1), rate("a", 0)}},
		{name: "a key twice", rates: []store.Rate{rate("a", 1), rate("b", 1), rate("a", 2)}, want: []store.Rate{rate("a", 3), rate("b", 1)}},
		{name: "sum above burst", rates: []store.Rate{rate("a", 2), rate("a", 2)}, wantErr: "cost 4 and a burst of 3"},
		{name: "same key, different rates", rates: []store.Rate{rate("a", 1), faster}, wantErr: `"a" is both 3, one each 1s, and 3, one each 999.999999ms`},
		{name: "not a rate", rates: []store.Rate{rate("a", 1), {}}, wantErr: "empty key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := storerules.MergeRates(c.rates)
			if c.wantErr != "" {
				if !errors.Is(err, store.ErrInvalidRate) || !strings.Contains(err.Error(), c.wantErr) || got != nil {
					t.Errorf("MergeRates = %v, %v, want an ErrInvalidRate that says %q", got, err, c.wantErr)
				}
				return
			}
			if err != nil || len(got) != len(c.want) || len(got) > 0 && !cmp.Equal(got, c.want) {
				t.Errorf("MergeRates = %v, %v, want %v", got, err, c.want)
			}
		})
	}
}
