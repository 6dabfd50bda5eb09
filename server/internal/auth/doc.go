// Package auth answers who is calling. It finds the key that a request
// claims, checks the security token, the clock window and the signature, and
// spends the nonce, in this order; a request that fails any of these changes
// nothing.
//
//	a := auth.New(auth.NewNonces(20_000_000))
//	var caller auth.Caller
//	err := a.Authenticate(directory, &message, names, time.Now(), &caller)
//	var refused *refusal.Error
//	if errors.As(err, &refused) {
//		// refused.Row is for the caller, refused.Detail for the journal
//	}
//
// # Nonces
//
// Every nonce that passes is remembered until its request can no longer be sent
// again: until 15 minutes after its date, and up to 2 minutes longer. In memory
// that takes about 10 bytes, and it is bounded by the number of places
// (nonces.capacity in the configuration). So C places sustain C / 17 min requests
// per second of callers whose clocks are right, and C / 32 min of callers that
// date their requests 15 minutes ahead: 19,600 and 10,400 per second for
// 20,000,000 places. Memory grows with what is held, and is given back within 5
// minutes after nonces have expired.
//
// # Shares
//
// When nonces run short, the account that uses most of them is throttled, and
// within it the key. The rule is checked for each nonce:
//
//   - An account may hold three quarters of the places that the other accounts
//     do not hold.
//   - A key may hold three quarters of what its account may hold and the other
//     keys of the account do not hold.
//
// Instead of three quarters it is all, if only one account has access keys, or if
// the account has only one. Fractions are rounded up. So a key that floods the
// server leaves a quarter of the places of its account to the other keys, and a
// quarter of all places to the other accounts; as these use more, its own share
// shrinks, and two that both use what they can end up with equal shares. With n
// accounts that flood the server, each can hold 3C/(3n+1) places, and C/(3n+1)
// stay free.
//
// After a restart the nonces that the store kept count for their keys again, even
// beyond a share.
//
// # A clock that is set back
//
// What was forgotten once must not become acceptable. So the time up to which
// nonces were forgotten, the horizon, never falls by itself, and a request whose
// nonce expires before it is rejected (Unauthorized.InvalidTime), even
// if its date is in the window. While the clock runs, the horizon is 1 to 2 minutes behind it, and no
// request in the window of 15 minutes is rejected; nor if the clock is set back by
// up to a minute. After a clock that was 17 minutes ahead, or more, is set back,
// every signed request of the present is rejected until the clock has caught up. An
// operator can lower the horizon to the present time ('esacertd nonces lower');
// then requests that were processed before could be sent again.
package auth
