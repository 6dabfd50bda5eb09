package acme_test

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/acme"
	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/http01"
	"github.com/esacert/esacert/server/internal/issuance/seal"
)

// If the authority is unreachable, the application does not fail. The error
// contains the directory URL and a hint.
func Example() {
	keys, err := seal.New(nil)
	if err != nil {
		panic(err)
	}
	authority, err := acme.New(acme.Options{
		Name:         "letsencrypt-staging",
		DirectoryURL: "https://127.0.0.1:1/directory", // acme.LetsEncryptStaging
		Contacts:     []string{"ops@example.com"},
		TermsAgreed:  true,
		Accounts:     newAccounts(), // the store
		Keys:         keys,
		Solvers:      map[string]challenge.Solver{challenge.HTTP01: &http01.Solver{}},
	})
	if err != nil {
		panic(err)
	}
	_, err = authority.Order(context.Background(), issuance.OrderRequest{ID: 30000001, Name: "www.example.com"})
	fmt.Println(err)
	// Output: acme: fetch directory at letsencrypt-staging (https://127.0.0.1:1/directory): no response: Get "https://127.0.0.1:1/directory": dial tcp 127.0.0.1:1: connect: connection refused: check the network, and set HTTPS_PROXY if a proxy is required
}
