//go:build unix

package endtoend

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"

	"github.com/esacert/esacert/server/internal/issuance/internal/crashtest"
	"github.com/esacert/esacert/server/internal/issuance/internal/pebbletest"
)

func TestMain(m *testing.M) {
	if w := crashtest.Child(); w != nil {
		os.Exit(w.Run(map[string]crashtest.WorkerFunc{"issue": issueAll}))
	}
	pebbletest.Environment()
	os.Exit(m.Run())
}

// rootsOnly returns a TLS configuration that trusts only the given roots.
func rootsOnly(roots []byte) *tls.Config {
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(roots)
	return &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
}
