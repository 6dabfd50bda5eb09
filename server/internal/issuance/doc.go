// Package issuance carries accepted applications out: each ends with a
// certificate, or with a reason why there is none.
//
//	loop, err := issuance.New(issuance.Options{
//		Jobs:        db,                                        // store.JobStore
//		Sites:       directory,                                 // operations.Sites
//		Authorities: map[string]issuer.Authority{"local": ca},  // *localca.CA, *acme.Client
//		Routes:      map[string]string{"lets_encrypt": "local"},
//		Keys:        keys,                                      // *seal.Keyring
//	})
//	go loop.Run(ctx) // and loop.Wake() after each accepted call
//
// # Steps
//
// The applications are the queue (store.Jobs). A worker leases one whose next
// step is due, takes the step, and writes down how it ended:
//
//	Applying, no order   spend the budget, open an order, make and seal the key,
//	                     save both in one write, go on with the order
//	Applying, an order   fulfil it with the saved key, check the chain, Complete
//	Issued               deliver the certificate, if somebody wants it; renew it
//	                     when it is time; else look again within a day. Where a
//	                     newer application has one for the same name, that one
//	                     is delivered and renewed, and this one is retired
//
// Each write carries the number of its lease, so a worker that was stopped and
// wakes up late changes nothing. A worker that dies leaves nothing to clean up:
// its lease ends, and the next one goes on with the order that was saved. The
// only thing that a crash can leave behind is an order that was opened and not
// saved yet; nobody finalizes it.
//
// # Keys
//
// Each certificate has a new key: RSA with 2048 bits, unless Options.KeyType or
// the AlgType of the application says otherwise. Run makes RSA keys ahead while
// no worker makes one (Options.Stock), in memory only.
//
// # How a step ends
//
//	issued      Complete: chain, key and state in one write
//	refused     a failure: again after 1 min, 10 min, 100 min, then daily; the
//	            fifth, or a rejected name, makes the application Failed
//	later       the authority or our budget asks to wait: no failure
//	trouble     the authority cannot be reached or used: no failure, again after
//	            1 min, 10 min, then hourly
//	out of time the lease is nearly over, or the process stops: released
//	canceled    the operator ended the application (Cancel): what the step
//	            obtained is dropped
//
// What goes wrong while a certificate is renewed never touches the one in use.
package issuance
