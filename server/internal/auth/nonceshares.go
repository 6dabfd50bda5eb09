package auth

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/esacert/esacert/server/store"
)

// Peers are the accounts and keys that share the nonce cache.
type Peers struct {
	Accounts int // accounts that have an access key
	Keys     int // access keys of the given account
}

// FullError reports that an access key, or its account, has used up its share of
// the nonce cache. It matches ErrNonceCacheFull.
type FullError struct {
	Account     string
	AccessKeyID string
	Held        int // unexpired nonces of the key
	Share       int // number it may hold now
	Capacity    int // of the cache
}

func (e *FullError) Error() string {
	return fmt.Sprintf("auth: access key %s has %d unexpired nonces, and its share of the %d places (nonces.capacity) is now %d",
		e.AccessKeyID, e.Held, e.Capacity, max(e.Share, 0))
}

// Is reports whether target is ErrNonceCacheFull.
func (e *FullError) Is(target error) bool { return target == ErrNonceCacheFull }

// shares counts the places that each account and key holds. Package auth documents the
// rule by which they are shared.
type shares struct {
	capacity int

	mu       sync.Mutex
	held     int
	accounts map[string]int // number of places held
	keys     map[keyOwner]*holding
	far      int64 // the latest minute of a nonce counted under farMinute

	horizon atomic.Int64 // second; changed under mu
}

// keyOwner is an access key. Nonces that were saved by an earlier version are
// restored under the empty one.
type keyOwner struct{ account, key string }

// holding is what a key holds, in all and by the mark of the minute of expiry.
type holding struct {
	total  int
	minute [allMinutes]int
}

func newShares(capacity int) *shares {
	return &shares{capacity: capacity, accounts: map[string]int{}, keys: map[keyOwner]*holding{}}
}

// oldest is the earliest minute whose nonces are not forgotten.
func (s *shares) oldest() int64 { return minuteAt(s.horizon.Load()) }

// shareOf returns how many of the places that the others have left one of several
// may hold: three quarters, so that a quarter stays free for the others, and at
// least one.
func shareOf(left int, alone bool) int {
	if alone || left <= 0 {
		return left
	}
	return left - left/4
}

// take counts a nonce for its key.
//
// Errors: *FullError, store.ErrNonceForgotten.
func (s *shares) take(nonce *store.Nonce, second int64, peers Peers) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if second < s.horizon.Load() {
		return store.ErrNonceForgotten
	}
	by := keyOwner{nonce.Account, nonce.AccessKeyID}
	h := s.keys[by]
	held := 0
	if h != nil {
		held = h.total
	}
	account := s.accounts[nonce.Account]
	share := shareOf(s.capacity-(s.held-account), peers.Accounts <= 1)
	share = shareOf(share-(account-held), peers.Keys <= 1)
	if held >= share {
		return &FullError{Account: nonce.Account, AccessKeyID: nonce.AccessKeyID, Held: held, Share: share, Capacity: s.capacity}
	}
	s.count(by, h, minuteAt(second))
	return nil
}

// restore counts a nonce without a limit: it was used already.
func (s *shares) restore(nonce *store.Nonce, second int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if second < s.horizon.Load() {
		return store.ErrNonceForgotten
	}
	by := keyOwner{nonce.Account, nonce.AccessKeyID}
	s.count(by, s.keys[by], minuteAt(second))
	return nil
}

func (s *shares) count(by keyOwner, h *holding, minute int64) {
	if h == nil {
		h = &holding{}
		s.keys[by] = h
	}
	mark := markOf(minute, s.oldest())
	if mark == farMinute {
		s.far = max(s.far, minute)
	}
	h.minute[mark]++
	h.total++
	s.accounts[by.account]++
	s.held++
}

// forget raises the horizon, and frees the places of the minutes before it.
func (s *shares) forget(horizon int64) {
	if horizon <= s.horizon.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.oldest()
	if horizon <= s.horizon.Load() {
		return
	}
	s.horizon.Store(horizon)
	marks := marksBefore(before, s.oldest(), s.far)
	for by, h := range s.keys {
		for mark, n := range h.minute {
			if n > 0 && marks>>mark&1 == 1 {
				h.minute[mark] = 0
				s.free(by, h, n)
			}
		}
	}
}

// free releases n places of a key.
func (s *shares) free(by keyOwner, h *holding, n int) {
	s.held -= n
	if h.total -= n; h.total == 0 {
		delete(s.keys, by)
	}
	if s.accounts[by.account] -= n; s.accounts[by.account] == 0 {
		delete(s.accounts, by.account)
	}
}

// lower sets an earlier horizon. Nonces that are too far ahead of it for the
// ring of minutes are counted under farMinute from then on.
func (s *shares) lower(horizon int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, oldest := s.oldest(), minuteAt(horizon)
	s.horizon.Store(horizon)
	for _, h := range s.keys {
		for mark := uint64(1); mark < farMinute; mark++ {
			if minute := minuteOf(mark, before); h.minute[mark] > 0 && minute-oldest >= ringMinutes {
				h.minute[farMinute] += h.minute[mark]
				h.minute[mark] = 0
				s.far = max(s.far, minute)
			}
		}
	}
}

func (s *shares) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}
