package clientrunner

import (
	"slices"
	"sync"

	"github.com/esacert/esacert/conformance/internal/redact"
)

// secrets collects the secrets that a session has sent to its client. A client
// may show the secret of one case in the result or the error of another. It is
// safe for concurrent use.
type sentSecrets struct {
	mu       sync.Mutex
	values   []string
	redactor *redact.Redactor // of values; nil if outdated
}

func (s *sentSecrets) add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range values {
		if !slices.Contains(s.values, value) {
			s.values = append(s.values, value)
			s.redactor = nil
		}
	}
}

// current returns a redactor of the secrets that were added so far.
func (s *sentSecrets) current() *redact.Redactor {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.redactor == nil {
		s.redactor = redact.New(s.values...)
	}
	return s.redactor
}
