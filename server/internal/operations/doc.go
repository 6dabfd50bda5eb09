// Package operations implements the rules of ApplyCertificate: which sites, types
// and domain names it accepts, the order of the checks, and the error for each
// broken rule.
//
// The package does not depend on HTTP, SQL or ACME. It uses three interfaces:
// SiteFinder finds the site, QuotaSource returns the quota of a plan, and Store
// stores the applications:
//
//	service := operations.New(directory, directory, store, "cn-hangzhou", nil, nil)
//	receipt, err := service.Apply(ctx, operations.Request{
//		Account: "1000000000000001",
//		SiteID:  1234567890123,
//		Domains: "www.example.com,blog.example.com",
//	})
//
// A broken rule returns a *refusal.Error, whose Row is the row of the documented table
// for the caller:
//
//	var refused *refusal.Error
//	if errors.As(err, &refused) {
//		respond(refused.Row)
//		journal(refused.Domain, refused.Detail)
//	}
//
// # The order of the rules
//
// The documentation does not define an order. The contract defines it, and a call
// that breaks several rules gets the error of the first of them:
//
//  1. the account has the site (SiteNotFound)
//  2. the site is active, or pending if that is allowed (SiteNotActivated)
//  3. the type exists (InvalidParameter.Type)
//  4. the list has at most 1,000 items (TooMany)
//  5. each name is valid, and of a kind that the type accepts (Malformed)
//  6. each name is one of the site (NotInSite)
//  7. no wildcard on a CNAME site, unless its validation is delegated
//     (WildcardOnCname)
//  8. not more names than the type takes (TooMany)
//  9. no name twice, and none with a pending application (AlreadySubmitted)
//  10. DNS records left (QuotaExceed.RecordCount)
//  11. certificates left (QuotaCheckFailed, QuotaExceeded)
//
// Each rule checks all names before the next rule starts. Rules 9 to 11 depend on
// concurrent calls, so the Store checks them in the transaction that writes the
// applications.
package operations
