package conformance_test

import (
	"context"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/sdk"
)

// callSDK makes a call with our SDK. Its waits between attempts are as short as
// they may be, so that they do not make up the time of the tests.
func callSDK(ctx context.Context, request adapters.Request) adapters.Result {
	return sdk.With(client.WithJitter(func() float64 { return 0 }))(ctx, request)
}
