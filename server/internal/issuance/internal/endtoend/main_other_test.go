//go:build !unix

package endtoend

import (
	"os"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
)

// Without signals that kill and stop, the crash tests are not there.
func TestMain(m *testing.M) {
	pebbletest.Environment()
	os.Exit(m.Run())
}
