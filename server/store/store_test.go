package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/store"
)

func TestAlreadySubmittedError(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("apply: %w", &store.AlreadySubmittedError{Domain: "www.example.com", ID: 30000478})
	if !errors.Is(err, store.ErrAlreadySubmitted) {
		t.Errorf("%v is not ErrAlreadySubmitted", err)
	}
	if errors.Is(err, store.ErrQuotaExceeded) {
		t.Errorf("%v is ErrQuotaExceeded, want ErrAlreadySubmitted only", err)
	}
	for _, part := range []string{"www.example.com", "30000478", "pending"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
}

func ExampleAlreadySubmittedError() {
	err := error(&store.AlreadySubmittedError{Domain: "www.example.com", ID: 30000478})

	var pending *store.AlreadySubmittedError
	if errors.As(err, &pending) {
		fmt.Println(pending.Domain, pending.ID)
	}
	fmt.Println(errors.Is(err, store.ErrAlreadySubmitted))
	// Output:
	// www.example.com 30000478
	// true
}
