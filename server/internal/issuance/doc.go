// Package issuance processes accepted applications: each finishes with a
// certificate, or with the reason for its failure.
//
//	loop, err := issuance.New(issuance.Options{
//		Jobs:        db,                                        // store.JobStore
//		Sites:       directory,                                 // operations.Sites
//		Authorities: map[string]issuance.Authority{"local": ca},  // *localca.CA, *acme.Client
//		Routes:      map[string]string{"lets_encrypt": "local"},
//		Keys:        keys,                                      // *seal.Keyring
//	})
//	go loop.Run(ctx) // and loop.Wake() after each accepted call
//
// # Steps
//
// The applications are the queue (store.JobStore). A worker leases one whose
// next step is due, runs the step, and records the outcome:
//
//	Applying, no order   consume the rate limit, open an order, create and seal the key,
//	                     save both in one write, continue with the order
//	Applying, an order   fulfill it with the saved key, check the chain, Complete
//	Issued               deliver the certificate if a Deliverer is set; renew it
//	                     when due; else check again within a day. If a
//	                     newer application has a certificate for the same name, that one
//	                     is delivered and renewed, and this one is retired
//
// Each write carries the fencing token of its lease, so a worker that was
// stopped and resumes late changes nothing. A crashed worker needs no cleanup:
// its lease expires, and the next worker continues with the saved order. A
// crash can only leave an order that was opened and not yet saved; it is never
// finalized.
//
// # Keys
//
// Each certificate has a new key: RSA with 2048 bits, unless Options.KeyType or
// the AlgType of the application says otherwise. Run generates RSA keys in
// advance while no worker generates one (Options.Stock), in memory only.
//
// # Outcomes of a step
//
//	issued      Complete: chain, key and state in one write
//	refused     a failure: again after 1 min, 10 min, 100 min, then daily; the
//	            fifth, or a rejected name, makes the application Failed
//	later       the authority or our rate limit requires a wait: no failure
//	unavailable the authority cannot be reached or used: no failure, retried after
//	            1 min, 10 min, then hourly
//	out of time the lease is nearly expired, or the process stops: released
//	canceled    the operator canceled the application (Cancel): what the step
//	            obtained is dropped
//
// A failed renewal never affects the certificate in use.
package issuance
