// Package acme is an issuance.Authority for every certificate authority that
// speaks ACME (RFC 8555): Let's Encrypt, DigiCert, one's own.
//
//	le, err := acme.New(acme.Options{
//		Name:        "letsencrypt",                // of the account in the store
//		DirectoryURL: acme.LetsEncrypt,            // or acme.LetsEncryptStaging, acme.DigiCert, …
//		Contacts:    []string{"ops@example.com"},
//		TermsAgreed: true,
//		Accounts:    db,                           // store.Jobs
//		Keys:        keys,                         // *seal.Keyring
//		Solvers: map[string]challenge.Solver{
//			challenge.HTTP01: &http01.Solver{},
//			challenge.DNS01:  names,               // *dns01.Server or *rfc2136.Client
//		},
//	})
//
// # Account
//
// Each authority of the configuration has one account, which it makes when it
// is first used. Its key is sealed and saved before the authority hears of it;
// the URL is added afterwards. A crash in between is healed by asking again:
// the same key gets the same account. No account is ever replaced: when its key
// cannot be opened, or the authority does not know it or has deactivated it,
// the error says so, and a new name in the configuration makes a new account.
//
// # Orders
//
// What is to be done comes from the order at the authority, which is asked for
// at the beginning of each Fulfil:
//
//	pending     answer the challenges, wait for the validation
//	ready       finalize
//	processing  wait a little, then *issuance.LaterError
//	valid       download
//	invalid     *issuance.RefusedError with the problem of the challenge that failed
//
// An order is finalized only when it is ready, so never twice.
//
// # Challenges
//
// Options.Solvers says which challenges can be answered. Of these the access of
// the site decides: dns-01 for NS, http-01 for CNAME, and else the other one. A
// wildcard name is validated by dns-01 only.
//
// # Errors
//
// A problem document (RFC 8555, section 6.7) is a refusal, a request to wait,
// or trouble, by its type:
//
//	refusal  badCSR, caa, compound, connection, dns, incorrectResponse, malformed,
//	         rejectedIdentifier, tls, unsupportedIdentifier, unauthorized,
//	         alreadyReplaced, and every type not named here with a status 4xx
//	wait     rateLimited, and any type with status 429 or 503 and Retry-After
//	trouble  accountDoesNotExist, badNonce, badPublicKey, badSignatureAlgorithm,
//	         externalAccountRequired, invalidContact, invalidProfile,
//	         unsupportedContact, userActionRequired, serverInternal, and every
//	         other one with a status 5xx; whatever goes wrong with the account
//
// Trouble is a *UnavailableError: it names the directory and says what would be
// right.
package acme
