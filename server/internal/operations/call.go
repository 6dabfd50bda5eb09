package operations

import (
	"context"
	"time"

	"github.com/esacert/esacert/server/store"
)

// Call is a request that was authenticated and allowed, and what its rule reports
// besides the response.
type Call struct {
	Context   context.Context //nolint:containedctx // a Call lives as long as the request
	Account   string          // account of the caller
	RequestID string
	At        time.Time
	Nonce     store.Nonce // a rule that writes stores it in the same transaction

	NonceStored bool     // set by a rule that wrote
	Domains     []string // for the journal
	IDs         []int64  // likewise
	Note        string   // likewise
}
