// Command golegacy is the conformance adapter for the vendor's legacy Go SDK,
// github.com/aliyun/alibaba-cloud-sdk-go, unchanged. It has no type for
// ApplyCertificate and signs with the RPC signature 1.0 alone: the calls go
// through its CommonRequest.
//
// It speaks the protocol of ../README.md on standard input and output.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "golegacy:", err)
		os.Exit(1)
	}
}
