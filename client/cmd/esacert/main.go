// Command esacert requests free certificates from Alibaba Cloud Edge Security
// Acceleration (ESA).
//
//	export ALIBABA_CLOUD_ACCESS_KEY_ID=… ALIBABA_CLOUD_ACCESS_KEY_SECRET=…
//	esacert apply --site-id 1234567890123 --domains www.example.com,blog.example.com
//
// The access key is not passed on the command line, which every user of the
// machine can read. It is read from the environment, from an aliyun CLI
// profile, or from the vendor's default chain.
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
