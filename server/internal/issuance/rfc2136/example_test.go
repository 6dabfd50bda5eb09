package rfc2136_test

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/server/internal/issuance/challenge"
	"github.com/esacert/esacert/server/internal/issuance/rfc2136"
)

func Example() {
	names, err := rfc2136.New(rfc2136.Options{
		Server: "127.0.0.1:1", // for example ns1.example.com:53
		Key:    rfc2136.Key{Name: "esacert.", Algorithm: rfc2136.HMACSHA256, Secret: secret},
	})
	if err != nil {
		panic(err)
	}
	// An acme.Client does this for each dns-01 challenge.
	err = names.Present(context.Background(), challenge.Challenge{
		Type: challenge.DNS01, Name: "www.example.com", Token: "t", KeyAuthorization: "t.thumbprint",
	})
	fmt.Println(err)
	// Output: rfc2136: look up CNAME of _acme-challenge.www.example.com. at 127.0.0.1:1: no response: dial tcp 127.0.0.1:1: connect: connection refused: check that the server is reachable over TCP
}
