package storetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

func (m *jobsModel) TakeRates(ctx context.Context, now time.Time, rates []store.Rate) (time.Duration, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return 0, err
	}
	rates, err = storerules.MergeRates(rates)
	if err != nil {
		return 0, err
	}
	now = storerules.NormalizeTime(now)
	var wait time.Duration
	for _, r := range rates {
		interval := wholeInterval(r)
		whole := interval * time.Duration(r.Burst)
		if m.full[r.Key].After(now.Add(whole + storerules.MaxClockSkew)) {
			m.full[r.Key] = now.Add(whole)
		}
		left := whole - max(m.full[r.Key].Sub(now), 0)
		if needed := max(r.Cost, 1); r.Cost >= 0 {
			wait = max(wait, time.Duration(needed)*interval-left)
		}
	}
	if wait > 0 {
		return wait, nil
	}
	for _, r := range rates {
		if r.Cost == 0 {
			continue
		}
		used := max(m.full[r.Key].Sub(now), 0)
		m.full[r.Key] = now.Add(max(used+time.Duration(r.Cost)*wholeInterval(r), 0))
	}
	return 0, nil
}

// wholeInterval returns the interval rounded up to microseconds.
func wholeInterval(r store.Rate) time.Duration {
	return (r.Interval + time.Microsecond - 1).Truncate(time.Microsecond)
}

func (m *jobsModel) DeleteFullRates(ctx context.Context, now time.Time) error {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	maps.DeleteFunc(m.full, func(_ string, full time.Time) bool { return !full.After(now) })
	return nil
}

// sealedKey is a stored sealed key.
type sealedKey struct {
	owner string
	key   []byte
	put   func([]byte)
}

func (m *jobsModel) sealedKeys() (keys []sealedKey) {
	ids := slices.Sorted(maps.Keys(m.states))
	for _, id := range ids {
		if w := m.states[id]; w.order != nil {
			keys = append(keys, sealedKey{fmt.Sprintf("order/%d", id), w.order.SealedKey, func(k []byte) {
				o := *w.order
				o.SealedKey, w.order = k, &o
			}})
		}
	}
	for _, id := range ids {
		if w := m.states[id]; w.certificate != nil {
			keys = append(keys, sealedKey{fmt.Sprintf("certificate/%d", id), w.certificate.SealedKey, func(k []byte) {
				c := *w.certificate
				c.SealedKey, w.certificate = k, &c
			}})
		}
	}
	slices.SortFunc(m.accounts, func(a, b store.ACMEAccount) int { return cmp.Compare(a.Authority, b.Authority) })
	for i, a := range m.accounts {
		keys = append(keys, sealedKey{"account/" + a.Authority, a.SealedKey, func(k []byte) { m.accounts[i].SealedKey = k }})
	}
	return keys
}

func (m *jobsModel) Sealed(ctx context.Context, yield func(store.Sealed) error) error {
	err := m.enter(ctx)
	keys := m.sealedKeys()
	m.mu.Unlock()
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := yield(store.Sealed{Owner: k.owner, Key: k.key}); err != nil {
			return err
		}
	}
	return nil
}

func (m *jobsModel) SealedSamples(ctx context.Context) ([]store.Sealed, error) {
	err := m.enter(ctx)
	keys := m.sealedKeys()
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var samples []store.Sealed
	for _, kind := range []string{"order/", "certificate/", "account/"} {
		byMark := map[string][]store.Sealed{}
		for _, k := range keys {
			if mark := string(k.key[:min(len(k.key), storerules.SealedMark)]); mark != "" && strings.HasPrefix(k.owner, kind) {
				byMark[mark] = append(byMark[mark], store.Sealed{Owner: k.owner, Key: k.key})
			}
		}
		for _, mark := range slices.Sorted(maps.Keys(byMark)) {
			of := byMark[mark]
			samples = append(samples, of[0])
			if len(of) > 1 {
				samples = append(samples, of[len(of)-1])
			}
		}
	}
	return samples, nil
}

func (m *jobsModel) Reseal(ctx context.Context, old store.Sealed, sealed []byte) (bool, error) {
	err := m.enter(ctx)
	defer m.mu.Unlock()
	if err != nil {
		return false, err
	}
	for _, k := range m.sealedKeys() {
		if k.owner == old.Owner && bytes.Equal(k.key, old.Key) {
			k.put(sealed)
			return true, nil
		}
	}
	return false, nil
}
