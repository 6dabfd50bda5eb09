// Package auth authenticates callers. It finds the access key that a request
// claims, checks the security token, the time and the signature, and uses the
// nonce, in this order. A request that fails a check changes nothing.
//
//	a := auth.New(auth.NewNonces(20_000_000))
//	var caller auth.Identity
//	err := a.Authenticate(directory, &message, names, time.Now(), &caller)
//	if refused, ok := errors.AsType[*refusal.Error](err); ok {
//		// refused.Row is for the caller, refused.Detail for the journal
//	}
//
// # Nonces
//
// Each used nonce is kept until its request can no longer be replayed: until 15
// minutes after its date, and up to 2 minutes longer. In memory it takes about 10
// bytes. The number of places is bounded (nonces.capacity in the configuration).
// C places sustain C / 17 min requests per second of callers whose clocks are
// right, and C / 32 min of callers that date their requests 15 minutes ahead:
// 19,600 and 10,400 per second for 20,000,000 places. Memory grows with the number
// of nonces, and is released within 5 minutes after they have expired.
//
// DurableNonces also stores the nonces.
//
// # Shares
//
// If nonces run short, the account that uses most of them is throttled, and within
// it the key. The rule is checked for each nonce:
//
//   - An account may hold three quarters of the places that the other accounts
//     do not hold.
//   - A key may hold three quarters of what its account may hold and the other
//     keys of the account do not hold.
//
// The fraction is one if only one account has access keys, or if the account has
// only one. Fractions are rounded up. So a key that floods the server leaves a
// quarter of the places of its account to the other keys, and a quarter of all
// places to the other accounts. As these use more, its share shrinks, and two that
// both use what they can end up with equal shares. With n accounts that flood the
// server, each can hold 3C/(3n+1) places, and C/(3n+1) stay free.
//
// After a restart, stored nonces count for their keys again, even beyond a share.
//
// # A clock that is set back
//
// A forgotten nonce must not become acceptable again. So the time up to which
// nonces were forgotten, the horizon, never falls by itself. A request whose nonce
// expires before it is rejected (Unauthorized.InvalidTime), even if its date is in
// the window. While the clock runs, the horizon is 1 to 2 minutes behind it, and no
// request in the window of 15 minutes is rejected; nor if the clock is set back by
// up to a minute. After a clock that was at least 17 minutes ahead is set back,
// every signed request of the present is rejected until the clock has caught up. An
// operator can lower the horizon to the present time ('esacertd nonces lower');
// then requests that were processed before could be sent again.
package auth
