package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/store"
)

// nonceSource uses nonces of one key, each once.
type nonceSource struct {
	account, key string
	first        uint64 // number of its first nonce
	peers        auth.Peers
	used, full   int
}

func (s *nonceSource) use(t testing.TB, nonces *auth.NonceCache, times int, expires, now time.Time) {
	t.Helper()
	for range times {
		n := numbered(s.first+uint64(s.used+s.full), expires)
		n.Account, n.AccessKeyID = s.account, s.key
		switch err := nonces.Use(n, s.peers, now); {
		case err == nil:
			s.used++
		case errors.Is(err, auth.ErrNonceCacheFull):
			s.full++
		default:
			t.Fatal(err)
		}
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	const capacity = 1600
	two := auth.Peers{Accounts: 2, Keys: 2}
	for _, tc := range []struct {
		name string
		// Each of them sends 2,000 requests, one after the other.
		spenders []nonceSource
		want     []int // nonces that each has then used
	}{
		{"the only key has it all", []nonceSource{{account: "a", key: "1", peers: alone}}, []int{1600}},
		{"the only account leaves a quarter to other keys", []nonceSource{
			{account: "a", key: "1", peers: auth.Peers{Accounts: 1, Keys: 2}},
			{account: "a", key: "2", peers: auth.Peers{Accounts: 1, Keys: 2}},
		}, []int{1200, 300}},
		{"accounts with one key leave a quarter to other accounts", []nonceSource{
			{account: "a", key: "1", peers: auth.Peers{Accounts: 2, Keys: 1}},
			{account: "b", key: "2", peers: auth.Peers{Accounts: 2, Keys: 1}},
		}, []int{1200, 300}},
		{"several keys of several accounts", []nonceSource{
			{account: "a", key: "1", peers: two}, {account: "a", key: "2", peers: two},
			{account: "b", key: "3", peers: two}, {account: "b", key: "4", peers: two},
		}, []int{900, 225, 268, 67}},
		{"nonces of an earlier version count for all", []nonceSource{
			{peers: alone},
			{account: "a", key: "1", peers: alone},
		}, []int{1600, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			nonces := auth.NewNonces(capacity)
			total := 0
			for i := range tc.spenders {
				s := &tc.spenders[i]
				s.first = uint64(i) << 32
				if s.use(t, nonces, 2000, baseTime.Add(time.Minute), baseTime); s.used != tc.want[i] {
					t.Errorf("key %s has used %d nonces, want %d", s.key, s.used, tc.want[i])
				}
				total += s.used
			}
			if nonces.Len() != total {
				t.Errorf("Len is %d, want %d", nonces.Len(), total)
			}
			after := baseTime.Add(4 * time.Minute)
			if nonces.Forget(after); nonces.Len() != 0 {
				t.Errorf("after all have expired, Len is %d", nonces.Len())
			}
		})
	}
}

func TestFullErrorNamesTheKeyAndItsShare(t *testing.T) {
	t.Parallel()
	nonces := auth.NewNonces(16)
	s := nonceSource{account: "a", key: "key-1", peers: auth.Peers{Accounts: 2, Keys: 1}}
	s.use(t, nonces, 12, baseTime, baseTime)
	err := nonces.Use(store.Nonce{Expires: baseTime, Account: "a", AccessKeyID: "key-1"}, s.peers, baseTime)
	if full, ok := errors.AsType[*auth.FullError](err); !ok || full.Held != 12 || full.Share != 12 || full.Capacity != 16 {
		t.Fatalf("got %#v", err)
	}
	for _, word := range []string{"key-1", "12", "16", "nonces.capacity"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not name %s", err, word)
		}
	}
}

// flood lets a key send requests that are all dated 15 minutes ahead, for 40
// minutes, in addition to another key of its account and another account, which send honest
// ones. It returns what became of each.
func flood(t testing.TB, capacity, floodRate, honestRate int) (flooding, sister, stranger nonceSource) {
	t.Helper()
	nonces, peers := auth.NewNonces(capacity), auth.Peers{Accounts: 2, Keys: 2}
	flooding = nonceSource{account: "a", key: "flood", peers: peers}
	sister = nonceSource{account: "a", key: "sister", first: 1 << 32, peers: peers}
	stranger = nonceSource{account: "b", key: "stranger", first: 2 << 32, peers: peers}
	for second := range 2400 {
		now := baseTime.Add(time.Duration(second) * time.Second)
		flooding.use(t, nonces, floodRate, now.Add(30*time.Minute), now)
		sister.use(t, nonces, honestRate, now.Add(15*time.Minute), now)
		stranger.use(t, nonces, honestRate, now.Add(15*time.Minute), now)
	}
	return flooding, sister, stranger
}

// A key that would keep all places full is throttled, and no other is. With room
// for all, no key is. BenchmarkFlood has the same at full size.
func TestFloodThrottlesTheKeyThatFloods(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		capacity  int
		throttled bool
	}{{"too few places", 20_000, true}, {"places for all", 60_000, false}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			flooding, sister, stranger := flood(t, tc.capacity, 11, 2)
			if (flooding.full > 0) != tc.throttled || sister.full > 0 || stranger.full > 0 {
				t.Errorf("throttled: %d of the flood, %d of another key, %d of another account", flooding.full, sister.full, stranger.full)
			}
		})
	}
}
