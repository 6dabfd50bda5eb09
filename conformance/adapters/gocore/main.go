// Command gocore is the conformance adapter for the unmodified Go core of the vendor,
// github.com/alibabacloud-go/darabonba-openapi/v2. The vendor's Go modules for
// products are thin layers over its CallApi.
//
// It implements the protocol of ../README.md on standard input and output.
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
