package redact

import (
	"slices"
	"sync"
)

// Secrets is a growing set of secrets. A program under test may show the secret of one
// call in the result of another, so all of them have to be redacted. The zero value is
// empty. It is safe for concurrent use.
type Secrets struct {
	mu       sync.Mutex
	values   []string
	redactor *Redactor // of values; nil if outdated
}

// Add adds values to the set. Empty values are ignored.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range values {
		if value != "" && !slices.Contains(s.values, value) {
			s.values = append(s.values, value)
			s.redactor = nil
		}
	}
}

// Redactor returns a Redactor of the secrets that were added so far.
func (s *Secrets) Redactor() *Redactor {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.redactor == nil {
		s.redactor = New(s.values...)
	}
	return s.redactor
}
