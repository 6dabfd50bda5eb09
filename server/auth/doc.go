// Package auth answers who is calling. It finds the key that a request
// claims, checks the security token, the clock window and the signature, and
// spends the nonce, in this order; a request that fails any of these changes
// nothing.
//
//	a := auth.New(auth.NewNonces(1_000_000))
//	var caller auth.Caller
//	err := a.Authenticate(directory, &message, time.Now(), &caller)
//	var failure *auth.Failure
//	if errors.As(err, &failure) {
//		// failure.Row is what to answer, failure.Detail what to log
//	}
package auth
