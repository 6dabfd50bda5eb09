package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/bits"
	"sync"
	"time"

	"github.com/dchest/siphash"

	"github.com/esacert/esacert/server/internal/storerules"
	"github.com/esacert/esacert/server/store"
)

// Reasons why a nonce cannot be used.
var (
	ErrNonceUsed      = errors.New("auth: nonce already used")
	ErrNonceCacheFull = errors.New("auth: nonce cache is full")
)

// NonceCache remembers used nonces in memory until they expire. It is bounded: it
// refuses new ones of a key that has used up its share, because forgetting a
// nonce early would let its request be replayed. It is safe for concurrent use.
//
// It keeps 64 bits of a keyed hash (SipHash-2-4) of each nonce, so a new nonce
// is mistaken for a used one with a probability of the number of nonces
// held, divided by 2^64: 1 in 9 * 10^11 for 20,000,000 nonces. A used nonce is
// never mistaken for a new one.
type NonceCache struct {
	key    [2]uint64
	shares *shares
	parts  []noncePart // their number is a power of two
}

// noncePart is a table with its lock, in a cache line of its own.
type noncePart struct {
	mu    sync.Mutex
	table table
}

// Numbers of parts. A part of 10,000 nonces is packed in about 10 µs, and is the
// only memory that exists twice while it grows.
const (
	minParts     = 1 << minuteBits // an entry lacks this number of bits of the hash
	maxParts     = 1 << 16
	noncesInPart = 8192
)

// NewNonces returns a NonceCache with places for capacity nonces, at least one. The
// key of its hash is random, so that a caller cannot choose nonces that collide.
func NewNonces(capacity int) *NonceCache {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails
	capacity = max(1, capacity)
	parts := min(max(1<<bits.Len(uint(capacity/noncesInPart)), minParts), maxParts)
	return &NonceCache{
		key:    [2]uint64{binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])},
		shares: newShares(capacity),
		parts:  make([]noncePart, parts),
	}
}

// Use marks a nonce as used until it expires. Of all calls with one nonce
// until then, one succeeds.
//
// Errors: ErrNonceUsed, *FullError, store.ErrNonceForgotten.
func (n *NonceCache) Use(nonce store.Nonce, peers Peers, now time.Time) error {
	n.shares.forget(horizonAt(now))
	hash, second := n.hash(&nonce.Key), storerules.WholeSecond(nonce.Expires).Unix()
	p := n.lock(hash)
	defer p.mu.Unlock()
	oldest := n.shares.oldest()
	at, used := p.table.find(hash)
	if used && p.table.isLive(at, oldest) {
		return ErrNonceUsed
	}
	if err := n.shares.take(&nonce, second, peers); err != nil {
		return err
	}
	if used {
		p.table.set(at, hash, minuteAt(second))
		return nil
	}
	p.table.insert(at, hash, minuteAt(second), oldest)
	return nil
}

// Restore adds a nonce that was used before a restart, even if the cache is full. It drops a nonce that expires before the horizon.
func (n *NonceCache) Restore(nonce store.Nonce) {
	hash, second := n.hash(&nonce.Key), storerules.WholeSecond(nonce.Expires).Unix()
	p := n.lock(hash)
	defer p.mu.Unlock()
	at, used := p.table.find(hash)
	switch {
	case used:
		p.table.extend(at, minuteAt(second))
	case n.shares.restore(&nonce, second) == nil:
		p.table.insert(at, hash, minuteAt(second), p.table.oldest)
	}
}

// lock locks the part of a hash, and packs it if that was not done for a while.
func (n *NonceCache) lock(hash uint64) *noncePart {
	p := &n.parts[hash&uint64(len(n.parts)-1)]
	p.mu.Lock()
	p.table.packSometimes(n.shares.oldest())
	return p
}

func (n *NonceCache) hash(key *store.NonceKey) uint64 {
	return siphash.Hash(n.key[0], n.key[1], key[:])
}

// horizonAt is the horizon that a time of the clock leads to: the start of the
// minute before. Nonces stay for at least a minute longer than they must,
// because a call whose date was checked may still be in progress.
func horizonAt(now time.Time) int64 { return (minuteAt(now.Unix()) - 1) * 60 }

// Forget frees the places of nonces that have expired at the time now, and releases
// memory that was unused for 5 minutes. Use does so for the part that it uses;
// call Forget once a minute for the rest.
func (n *NonceCache) Forget(now time.Time) {
	n.shares.forget(horizonAt(now))
	n.sweep()
}

func (n *NonceCache) sweep() {
	for i := range n.parts {
		p := &n.parts[i]
		p.mu.Lock()
		p.table.packSometimes(n.shares.oldest())
		p.mu.Unlock()
	}
}

// Horizon returns the time up to which nonces were forgotten: Use rejects
// every nonce that expires earlier. It never falls by itself, also when the
// clock is set back.
func (n *NonceCache) Horizon() time.Time { return time.Unix(n.shares.horizon.Load(), 0).UTC() }

// Raise sets the horizon to a later time, as it was before a restart. An earlier
// time has no effect.
func (n *NonceCache) Raise(horizon time.Time) {
	n.shares.forget(storerules.WholeSecond(horizon).Unix())
}

// Lower sets the horizon to an earlier time. A later time has no effect. What was
// forgotten and expires in between can be used again.
func (n *NonceCache) Lower(horizon time.Time) {
	for i := range n.parts {
		n.parts[i].mu.Lock()
		defer n.parts[i].mu.Unlock()
	}
	second := storerules.WholeSecond(horizon).Unix()
	if second >= n.shares.horizon.Load() {
		return
	}
	for i := range n.parts {
		t := &n.parts[i].table
		t.forget(n.shares.oldest())
		t.rebase(minuteAt(second))
	}
	n.shares.lower(second)
}

// Len returns the number of stored nonces.
func (n *NonceCache) Len() int { return n.shares.len() }

// Capacity returns the number of places.
func (n *NonceCache) Capacity() int { return n.shares.capacity }

// NewNonceKey digests an access key ID and a nonce. The length of the ID is digested
// first, so that no two pairs have the same input.
func NewNonceKey(accessKeyID, nonce string) store.NonceKey {
	var buf [256]byte
	input := binary.AppendUvarint(buf[:0], uint64(len(accessKeyID)))
	input = append(input, accessKeyID...)
	input = append(input, nonce...)
	sum := sha256.Sum256(input)
	return store.NonceKey(sum[:16])
}
