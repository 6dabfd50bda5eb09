package clientrunner

import "sync"

// ledger remembers the nonces of a run. Its methods may be called concurrently.
type nonceSet struct {
	mu   sync.Mutex
	seen map[string]string // where a nonce was first seen
}

// spend takes a nonce; where it was seen before, it says where that was.
func (l *nonceSet) add(nonce, where string) (before string, fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, found := l.seen[nonce]; found {
		return before, false
	}
	if l.seen == nil {
		l.seen = map[string]string{}
	}
	l.seen[nonce] = where
	return "", true
}
