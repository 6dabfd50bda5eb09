package adapters

import (
	"fmt"
	"strings"
	"sync"
)

// DiedError says that an adapter ended while a result was expected.
type DiedError struct {
	Cause  error  // how it ended; nil if with code 0
	Stderr string // the end of what it wrote on standard error
}

func (e *DiedError) Error() string {
	how := "it ended with code 0 while its input was open"
	if e.Cause != nil {
		how = e.Cause.Error()
	}
	return "adapter died: " + how + said(e.Stderr)
}

func (e *DiedError) Unwrap() error { return e.Cause }

// GarbageError says that an adapter printed what is no result.
type GarbageError struct {
	Line   string // quoted and cut
	Cause  error
	Stderr string
}

func (e *GarbageError) Error() string {
	if e.Line == "" {
		return fmt.Sprintf("adapter printed what is no result: %v%s", e.Cause, said(e.Stderr))
	}
	return fmt.Sprintf("adapter printed what is no result: %v; the line is %s%s", e.Cause, e.Line, said(e.Stderr))
}

func (e *GarbageError) Unwrap() error { return e.Cause }

// SilentError says that no result came before the context of the call ended.
type SilentError struct {
	ID     string // of the request
	Cause  error  // of the context
	Stderr string
}

func (e *SilentError) Error() string {
	return fmt.Sprintf("adapter gave no result for %q: %v%s", e.ID, e.Cause, said(e.Stderr))
}

func (e *SilentError) Unwrap() error { return e.Cause }

func said(stderr string) string {
	if stderr = strings.TrimSpace(stderr); stderr == "" {
		return ""
	}
	return "; on standard error: " + stderr
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 2048
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - most; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
