// Package operations holds the rules of ApplyCertificate: which sites, types
// and domain names it takes, in which order it looks at them, and what it
// answers when one is broken.
//
// The package is free of HTTP, SQL and ACME. It asks three small interfaces:
// Sites for the site that is named, Quotas for the units that a plan has, and
// Ledger to write the applications down:
//
//	service := operations.New(directory, directory, ledger)
//	receipt, err := service.Apply(ctx, operations.Request{
//		Account: "1000000000000001",
//		SiteID:  1234567890123,
//		Domains: "www.example.com,blog.example.com",
//	})
//
// A rule that is broken gives a *Refusal, whose Row is the row of the
// documented table that the caller is to see:
//
//	var refusal *operations.Refusal
//	if errors.As(err, &refusal) {
//		answer(refusal.Row)
//		journal(refusal.Domain, refusal.Detail)
//	}
//
// # The order of the rules
//
// The documentation gives no order. The contract decides it, and a call that
// breaks several rules is answered by the first of them:
//
//  1. the account has the site (SiteNotFound)
//  2. the site is active, or pending where that is allowed (SiteNotActivated)
//  3. the type exists (InvalidParameter.Type)
//  4. the list has at most 1,000 items (TooMany)
//  5. each name is valid, and of a kind that the type takes (Malformed)
//  6. each name is one of the site (NotInSite)
//  7. no wildcard on a CNAME site, unless its validation is delegated
//     (WildcardOnCname)
//  8. not more names than the type takes (TooMany)
//  9. no name twice, and none with a pending application (AlreadySubmitted)
//  10. DNS records left (QuotaExceed.RecordCount)
//  11. certificates left (QuotaCheckFailed, QuotaExceeded)
//
// A rule looks at all names before the next rule looks at the first one. Rules
// 9 to 11 depend on what other calls do at the same time, so the ledger checks
// them in the transaction that writes the applications.
package operations
