// Package acme implements issuance.Authority for certificate authorities that
// support ACME (RFC 8555), for example Let's Encrypt, DigiCert or a private CA.
//
//	le, err := acme.New(acme.Options{
//		Name:         "letsencrypt",               // key of the account in the store
//		DirectoryURL: acme.LetsEncrypt,            // or acme.LetsEncryptStaging, acme.DigiCert, …
//		Contacts:     []string{"ops@example.com"},
//		TermsAgreed:  true,
//		Accounts:     db,                          // store.Jobs
//		Keys:         keys,                        // *seal.Keyring
//		Solvers: map[string]challenge.Solver{
//			challenge.HTTP01: &http01.Solver{},
//			challenge.DNS01:  names,               // *dns01.Server or *rfc2136.Client
//		},
//	})
//
// # Account
//
// Each authority of the configuration has one account, created on first use.
// Its key is sealed and saved before it is registered; the account URL is added
// afterwards. After a crash in between, the key is registered again, and the
// authority returns the same account. An account is never replaced. If its key
// cannot be opened, or the authority does not know it or has deactivated it, the
// error says so; a new name in the configuration creates a new account.
//
// # Orders
//
// Fulfill fetches the order and acts on its status:
//
//	pending     solve the challenges, wait for the validation
//	ready       finalize
//	processing  wait briefly, then *issuance.RetryLaterError
//	valid       download
//	invalid     *issuance.RejectedError with the problem of the failed challenge
//
// An order is finalized only when it is ready, so never twice.
//
// # Challenges
//
// Options.Solvers lists the available challenge types. The access type of the
// site determines the preferred one, dns-01 for NS and http-01 for CNAME; the
// other one is the fallback. A wildcard name is validated by dns-01 only.
//
// # Errors
//
// The type of a problem document (RFC 8555, section 6.7) determines the error:
//
//	*issuance.RejectedError
//	        badCSR, caa, compound, connection, dns, incorrectResponse, malformed,
//	        rejectedIdentifier, tls, unsupportedIdentifier, unauthorized,
//	        alreadyReplaced, and any type not listed here with a 4xx status
//	*issuance.RetryLaterError
//	        rateLimited, and any type with status 429 or 503 and Retry-After
//	*UnavailableError
//	        accountDoesNotExist, badNonce, badPublicKey, badSignatureAlgorithm,
//	        externalAccountRequired, invalidContact, invalidProfile,
//	        unsupportedContact, userActionRequired, serverInternal, any other
//	        type with a 5xx status, and any failure of the account
//
// An *UnavailableError contains the URL of the directory and a hint.
package acme
