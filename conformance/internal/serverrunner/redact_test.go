package serverrunner

import (
	"strings"
	"testing"

	"github.com/esacert/esacert/conformance/internal/redact"
)

// Long messages are truncated, and never within a secret.
func TestLongMessagesAreTruncated(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s3cret", 5)
	redactor := redact.New(secret)
	for _, before := range []int{0, maxRecordBytes - 40, maxRecordBytes - 10, maxRecordBytes, 2*maxRecordBytes - 10, 3 * maxRecordBytes} {
		message := strings.Repeat("a", before) + secret + strings.Repeat("b", maxRecordBytes)
		got := redactAndTruncate([]byte(message), redactor)
		if strings.Contains(got, "s3c") || len(got) > maxRecordBytes+100 || !strings.Contains(got, "more bytes") {
			t.Errorf("%d bytes before the secret: got %d bytes that end with %q", before, len(got), got[len(got)-60:])
		}
	}
	many := strings.Repeat(secret, 3*maxRecordBytes/len(secret))
	if got := redactAndTruncate([]byte(many), redactor); strings.Contains(got, "s3c") {
		t.Errorf("repeated secret: got a message that ends with %q", got[len(got)-60:])
	}
	if got := redactAndTruncate([]byte("short"), redactor); got != "short" {
		t.Errorf("got %q, want the short message", got)
	}
}
