// Command gosdk is the conformance adapter for this project's own SDK, package
// client. It leaves the judgement of the input to the service, as
// client.WithoutValidation does, and retries only when a request asks for it.
//
// It speaks the protocol of ../README.md on standard input and output.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/sdk"
)

func main() {
	if err := adapters.Serve(context.Background(), os.Stdin, os.Stdout, sdk.Call); err != nil {
		fmt.Fprintln(os.Stderr, "gosdk:", err)
		os.Exit(1)
	}
}
