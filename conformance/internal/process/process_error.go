package process

import (
	"fmt"
	"strings"
	"sync"
)

// ExitError reports that an adapter exited while a result was expected.
type ExitError struct {
	Cause  error  // from exec.Cmd.Wait; nil for exit code 0
	Stderr string // the end of its standard error
}

func (e *ExitError) Error() string {
	how := "exit status 0"
	if e.Cause != nil {
		how = e.Cause.Error()
	}
	return "adapter exited before its input was closed: " + how + stderrSuffix(e.Stderr)
}

func (e *ExitError) Unwrap() error { return e.Cause }

// ProtocolError reports that an adapter printed a line that is not a result.
type ProtocolError struct {
	Line   string // quoted and truncated
	Cause  error
	Stderr string // the end of its standard error
}

func (e *ProtocolError) Error() string {
	if e.Line == "" {
		return fmt.Sprintf("adapter broke the protocol: %v%s", e.Cause, stderrSuffix(e.Stderr))
	}
	return fmt.Sprintf("adapter broke the protocol: line %s: %v%s", e.Line, e.Cause, stderrSuffix(e.Stderr))
}

func (e *ProtocolError) Unwrap() error { return e.Cause }

// TimeoutError reports that no result arrived before the context of the call was
// done.
type TimeoutError struct {
	ID     string // of the request
	Cause  error  // of the context
	Stderr string // the end of its standard error
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("adapter returned no result for request %q: %v%s", e.ID, e.Cause, stderrSuffix(e.Stderr))
}

func (e *TimeoutError) Unwrap() error { return e.Cause }

func stderrSuffix(stderr string) string {
	if stderr = strings.TrimSpace(stderr); stderr == "" {
		return ""
	}
	return "; stderr: " + stderr
}

// tailBuffer keeps the last bytes written to it.
type tailBuffer struct {
	mu        sync.Mutex
	data      []byte
	truncated bool
}

func (t *tailBuffer) Write(p []byte) (int, error) {
	const maxBytes = 2 * maxStderr // redaction shortens
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if over := len(t.data) - maxBytes; over > 0 {
		t.truncated = true
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(p), nil
}

func (t *tailBuffer) tail() (tail string, truncated bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data), t.truncated
}
