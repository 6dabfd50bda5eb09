package redact_test

import (
	"sync"
	"testing"

	"github.com/esacert/esacert/conformance/internal/redact"
)

func TestSecrets(t *testing.T) {
	t.Parallel()
	const message = "first-secret, second-secret, third-secret"
	var secrets redact.Secrets
	if got := secrets.Redactor().String(message); got != message {
		t.Errorf("without secrets: got %q", got)
	}
	var both sync.WaitGroup
	for _, secret := range []string{"first-secret", "second-secret"} {
		both.Go(func() {
			secrets.Add("", secret, secret)
			secrets.Redactor()
		})
	}
	both.Wait()
	first := secrets.Redactor()
	if got := first.String(message); got != "[secret], [secret], third-secret" {
		t.Errorf("got %q", got)
	}
	if secrets.Add("first-secret"); secrets.Redactor() != first {
		t.Error("adding a known secret changed the redactor")
	}
}
