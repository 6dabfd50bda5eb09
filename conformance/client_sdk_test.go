package conformance_test

import (
	"context"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/sdk"
)

// callSDK makes a call with our SDK. The delays between attempts are minimal, to keep the
// tests fast.
func callSDK(ctx context.Context, request adapters.Request) adapters.Result {
	return sdk.With(client.WithJitter(func() float64 { return 0 }))(ctx, request)
}
