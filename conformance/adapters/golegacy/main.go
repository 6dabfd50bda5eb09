// Command golegacy is the conformance adapter for the unmodified legacy Go SDK of the
// vendor, github.com/aliyun/alibaba-cloud-sdk-go. The SDK has no type for
// ApplyCertificate, so the adapter uses its CommonRequest. It supports only RPC
// signature 1.0.
//
// It implements the protocol of ../README.md on standard input and output.
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
