// Command esacert applies for free certificates of Alibaba Cloud Edge Security
// Acceleration (ESA) from a terminal or a script.
//
//	export ALIBABA_CLOUD_ACCESS_KEY_ID=… ALIBABA_CLOUD_ACCESS_KEY_SECRET=…
//	esacert apply --site-id 1234567890123 --domains www.example.com,blog.example.com
//
// An access key never stands on the command line, where every user of the
// machine could read it: it comes from the environment, from a profile of the
// aliyun command, or from any other place that the vendor's tools look at.
//
// The table of errors, with what each means and its exit code:
//
//	esacert errors
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
