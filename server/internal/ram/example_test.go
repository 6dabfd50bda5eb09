package ram_test

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/esacert/esacert/server/internal/ram"
)

func Example() {
	policy, err := ram.Parse([]byte(`{
		"Version": "1",
		"Statement": [{
			"Effect": "Allow",
			"Action": "esa:Apply*",
			"Resource": "acs:esa:*:1000000000000001:site/*",
			"Condition": {"IpAddress": {"acs:SourceIp": ["192.0.2.0/24", "203.0.113.2"]}}
		}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	layers := ram.PolicyLayers{Identity: []*ram.Policy{policy.WithName("certificates")}}
	for _, address := range []string{"192.0.2.7", "198.51.100.1"} {
		fmt.Println(address, ram.Evaluate(layers, ram.Request{
			Action:   "esa:ApplyCertificate",
			Resource: "acs:esa:cn-hangzhou:1000000000000001:site/123",
			Context:  &ram.Attributes{SourceIP: netip.MustParseAddr(address)},
		}))
	}
	// Output:
	// 192.0.2.7 allowed by statement 0 of policy "certificates"
	// 198.51.100.1 denied: no statement allows it (AccountLevelIdentityBasedPolicy, ImplicitDeny)
}

// All problems of a document are reported together.
func ExampleParse() {
	_, err := ram.Parse([]byte(`{
  "Version": "1",
  "Statement": [{
    "Effect": "allow",
    "Action": "ApplyCertificate",
    "Resource": "*",
    "Condition": {"IpAddress": {"acs:SourceIp": "192.0.2.*"}}
  }]
}`))
	if refused, ok := errors.AsType[*ram.Error](err); ok {
		for _, problem := range refused.Problems {
			fmt.Println(problem.Line, problem.Column, problem.Path)
		}
		fmt.Println(refused.Problems[0].Message)
	}
	// Output:
	// 4 15 $.Statement[0].Effect
	// 5 15 $.Statement[0].Action
	// 7 49 $.Statement[0].Condition.IpAddress.acs:SourceIp
	// is the string "allow"; write "Allow" or "Deny"
}

func ExampleParseWithin() {
	document := []byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"esa:*","Resource":"*"}]}`)
	_, err := ram.ParseWithin(document, ram.MaxSessionPolicySize)
	fmt.Println(err)
	_, err = ram.ParseWithin(document, 50)
	fmt.Println(errors.Is(err, ram.ErrTooLarge), err)
	// Output:
	// <nil>
	// true policy: line 1, column 1: $: has 80 characters; write at most 50, or split the policy
}

// A policy inside a larger document, as its decoder hands it over.
func ExampleFromValue() {
	policy, err := ram.FromValue(map[string]any{
		"Version": "1",
		"Statement": []any{
			map[string]any{"Effect": "Deny", "NotAction": []any{"esa:Get*", "esa:List*"}, "Resource": "*"},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := policy.MarshalJSON()
	fmt.Println(string(document), err)
	// Output:
	// {"Version":"1","Statement":[{"Effect":"Deny","NotAction":["esa:Get*","esa:List*"],"Resource":"*"}]} <nil>
}

// A session policy narrows what the identity may do.
func ExampleEvaluate() {
	session, err := ram.Parse([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"esa:Get*","Resource":"*"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	role, err := ram.System(ram.AliyunESAFullAccess)
	if err != nil {
		fmt.Println(err)
		return
	}
	layers := ram.PolicyLayers{Identity: []*ram.Policy{role}, Session: session.WithName("session")}
	for _, action := range []string{"esa:GetCertificate", "esa:ApplyCertificate"} {
		decision := ram.Evaluate(layers, ram.Request{Action: action, Resource: "acs:esa:cn-hangzhou:1000000000000001:site/123"})
		fmt.Println(action, decision.Allowed, decision)
	}
	// Output:
	// esa:GetCertificate true allowed by statement 0 of policy "AliyunESAFullAccess"
	// esa:ApplyCertificate false denied: no statement allows it (SessionPolicy, ImplicitDeny)
}

func ExampleRoot() {
	fmt.Println(ram.Evaluate(ram.Root(), ram.Request{
		Action:   "esa:ApplyCertificate",
		Resource: "acs:esa:cn-hangzhou:1000000000000001:site/123",
	}))
	// Output:
	// allowed by statement 0 of policy "root"
}

func ExampleSystem() {
	readOnly, err := ram.System(ram.AliyunESAReadOnlyAccess)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ram.Evaluate(
		ram.PolicyLayers{Identity: []*ram.Policy{readOnly}},
		ram.Request{Action: "esa:ApplyCertificate", Resource: "acs:esa:cn-hangzhou:1000000000000001:site/123"},
	))
	// Output:
	// denied: no statement allows it (AccountLevelIdentityBasedPolicy, ImplicitDeny)
}
