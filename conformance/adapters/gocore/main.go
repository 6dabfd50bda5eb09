// Command gocore is the conformance adapter for the vendor's Go core,
// github.com/alibabacloud-go/darabonba-openapi/v2, unchanged: every product
// module of the vendor for Go is a thin layer over its CallApi.
//
// It speaks the protocol of ../README.md on standard input and output.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gocore:", err)
		os.Exit(1)
	}
}
