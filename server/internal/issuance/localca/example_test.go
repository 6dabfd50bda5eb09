package localca_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/localca"
)

func Example() {
	ca, err := localca.Open(localca.Options{}) // in memory
	if err != nil {
		fmt.Println(err)
		return
	}
	pool := x509.NewCertPool()
	fmt.Println(pool.AppendCertsFromPEM(ca.Root()))
	// Output: true
}

func ExampleCA_Faults() {
	ca, err := localca.Open(localca.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = ca.Faults().Add(localca.Fault{
		Name: "bad.example.com", Refuse: "rejectedIdentifier", Detail: "forbidden by policy", OnNewOrder: true,
	})
	fmt.Println(ca.Faults().Rules(), err)

	_, err = ca.Order(context.Background(), issuance.OrderRequest{ID: 1, Name: "bad.example.com"})
	var refused *issuance.RejectedError
	fmt.Println(errors.As(err, &refused), err)
	// Output:
	// [bad.example.com: refuses with urn:ietf:params:acme:error:rejectedIdentifier] <nil>
	// true the authority refuses: urn:ietf:params:acme:error:rejectedIdentifier: forbidden by policy
}
