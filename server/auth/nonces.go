package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/esacert/esacert/server/store"
)

// ErrNonceUsed and ErrNoncesFull are why a nonce cannot be spent.
var (
	ErrNonceUsed  = errors.New("auth: the nonce was spent before")
	ErrNoncesFull = errors.New("auth: no room to remember another nonce")
)

const nonceShards = 64

// Nonces remembers spent nonces in memory until they expire. It is bounded:
// when full it refuses new ones, because forgetting one early would let a
// request be sent again. It may be used by many goroutines.
type Nonces struct {
	perShard int
	shards   [nonceShards]nonceShard
}

// nonceShard keeps its keys twice: in a map to find them, and in one list per
// minute of expiry, so that expired ones are dropped without a search.
type nonceShard struct {
	mu      sync.Mutex
	expires map[store.NonceKey]int64 // unix seconds
	minutes map[int64][]store.NonceKey
	oldest  int64 // no list of an earlier minute is there
	_       [64]byte
}

// NewNonces makes room for about capacity nonces; at least one per shard.
func NewNonces(capacity int) *Nonces {
	n := &Nonces{perShard: max(1, (capacity+nonceShards-1)/nonceShards)}
	for i := range n.shards {
		n.shards[i].expires = map[store.NonceKey]int64{}
		n.shards[i].minutes = map[int64][]store.NonceKey{}
	}
	return n
}

// NonceKeyOf digests an access key id and a nonce. The length of the id comes
// first, so that no two pairs give the same text.
func NonceKeyOf(accessKeyID, nonce string) store.NonceKey {
	var buf [256]byte
	text := binary.AppendUvarint(buf[:0], uint64(len(accessKeyID)))
	text = append(text, accessKeyID...)
	text = append(text, nonce...)
	sum := sha256.Sum256(text)
	return store.NonceKey(sum[:16])
}

// Spend marks the nonce as used until n.Expires. Of all calls with one key
// before that, one succeeds.
//
// Errors: ErrNonceUsed, ErrNoncesFull.
func (n *Nonces) Spend(nonce store.Nonce, now time.Time) error {
	s := &n.shards[int(nonce.Key[0])%nonceShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now.Unix())
	if expires, used := s.expires[nonce.Key]; used && expires >= now.Unix() {
		return ErrNonceUsed
	}
	if len(s.expires) >= n.perShard {
		return ErrNoncesFull
	}
	s.add(nonce)
	return nil
}

// Restore puts a nonce back that was spent before a restart.
func (n *Nonces) Restore(nonce store.Nonce) {
	s := &n.shards[int(nonce.Key[0])%nonceShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(nonce)
}

// Len counts the nonces that are remembered.
func (n *Nonces) Len() int {
	total := 0
	for i := range n.shards {
		s := &n.shards[i]
		s.mu.Lock()
		total += len(s.expires)
		s.mu.Unlock()
	}
	return total
}

func (s *nonceShard) add(nonce store.Nonce) {
	expires := nonce.Expires.Unix()
	s.expires[nonce.Key] = expires
	minute := expires / 60
	s.minutes[minute] = append(s.minutes[minute], nonce.Key)
	if s.oldest == 0 || minute < s.oldest {
		s.oldest = minute
	}
}

// forget drops the lists of the minutes that have passed whole, and one more: a
// call that has passed the clock may still be hashing its body.
func (s *nonceShard) forget(now int64) {
	if len(s.minutes) == 0 {
		s.oldest = 0
		return
	}
	for ; s.oldest < now/60-1 && len(s.minutes) > 0; s.oldest++ {
		for _, key := range s.minutes[s.oldest] {
			if s.expires[key] < now {
				delete(s.expires, key)
			}
		}
		delete(s.minutes, s.oldest)
	}
}
