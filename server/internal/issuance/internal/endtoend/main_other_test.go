//go:build !unix

package endtoend

import (
	"os"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
)

// TestMain omits the workers of the crash tests, which need Unix signals.
func TestMain(m *testing.M) {
	pebbletest.Environment()
	os.Exit(m.Run())
}
