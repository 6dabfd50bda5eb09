package clientrunner

import "sync"

// nonceSet contains the nonces of a session. It is safe for concurrent use.
type nonceSet struct {
	mu   sync.Mutex
	seen map[string]string // nonce to the place of its first use
}

// add adds a nonce. If it is not fresh, add returns the place of its first use.
func (s *nonceSet) add(nonce, where string) (before string, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, found := s.seen[nonce]; found {
		return before, false
	}
	if s.seen == nil {
		s.seen = map[string]string{}
	}
	s.seen[nonce] = where
	return "", true
}
