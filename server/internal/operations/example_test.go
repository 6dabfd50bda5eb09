package operations_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/refusal"
)

func ExampleService_Apply() {
	w := newWorld() // the site example.com, quotas, and a ledger in memory
	service := operations.New(w, w, &w.ledger, "cn-hangzhou", nil, nil)

	request := operations.Request{
		Account: "1000000000000001",
		SiteID:  1234567890123,
		Domains: "www.example.com, *.example.com",
	}
	receipt, err := service.Apply(context.Background(), request)
	fmt.Println(receipt.SiteName, len(receipt.Applications), err)
	for _, a := range receipt.Applications {
		fmt.Println(a.ID, a.Domain, a.Status)
	}

	_, err = service.Apply(context.Background(), request)
	var refused *refusal.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Row.Message)
		fmt.Println(refused.Detail)
	}
	// Output:
	// example.com 2 <nil>
	// 30000478 www.example.com Applying
	// 30000479 *.example.com Applying
	// You have already submitted a certificate application for the domain name.
	// application 30000478 for www.example.com is pending
}

func ExampleParseList() {
	names, err := operations.ParseList(" WWW.Example.com , *.bücher.example.com")
	fmt.Println(names, err)

	_, err = operations.ParseList("www.example.com,_x.example.com")
	fmt.Println(err)
	// Output:
	// [www.example.com *.xn--bcher-kva.example.com] <nil>
	// item 2 "_x.example.com" is not a valid domain name: label 1 "_x" has the character '_'
}

func ExampleName_In() {
	name, err := operations.ParseName("*.www.example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(name.In("example.com"), name.In("example.org"))
	// Output:
	// true false
}
