package selftls_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/internal/issuance/selftls"
)

func Example() {
	folder, err := os.MkdirTemp("", "https-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	identity, err := selftls.Open(selftls.Options{Dir: folder, Host: "127.0.0.1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	config := &tls.Config{GetCertificate: identity.GetCertificate}
	fmt.Println(config.GetCertificate != nil, filepath.Base(identity.RootFile()))
	// Output: true root.pem
}
