package live

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/gen/esaops"
)

// Case is a call to the built-in example of the server, with the expected result. In
// parameters and domains, "{n}" is replaced by the index of the variant, so that no
// two variants apply for the same name.
type Case struct {
	ID       string // path, for example live/state/SiteNotFound
	Why      string // rationale, in one sentence
	Variants []Variant
	// AnyVariant reports whether the variants are alternatives. A client then makes
	// the call in the first variant that it supports.
	AnyVariant bool
	Parameters map[string]string

	// Setup has the parameters of a call that must be accepted first; nil for none.
	Setup map[string]string

	Refused  *esaerrors.Error  // expected error; nil if the call must be accepted
	Scenario bool              // the site ID requests the error, instead of a violated rule
	Domains  []string          // expected domains of an accepted call
	Fields   map[string]string // expected values of further fields, by path (Result.0.Id)
}

// want returns the expected result for reports.
func (c Case) want() string {
	if c.Refused != nil {
		return c.Refused.Key
	}
	return "accepted"
}

// evidence returns the origin of the requirement.
func (c Case) evidence() suite.Evidence {
	if c.Refused != nil {
		return suite.Evidence(c.Refused.Evidence)
	}
	return suite.Documented
}

// outcome returns what a client must return for variant n.
func (c Case) outcome(n int) suite.ExpectedOutcome {
	if c.Refused != nil {
		want := suite.ExpectedOutcome{
			Kind: string(adapters.KindService), Status: c.Refused.Status, Code: c.Refused.Code, Message: c.Refused.Message,
		}
		if isSignatureMismatch(c.Refused) {
			want.Message = "" // continues with what the server signed; see judgeRefusal
		}
		return want
	}
	domains := c.domains(n)
	want := suite.ExpectedOutcome{OK: true, Status: 200, Fields: map[string]string{"TotalCount": strconv.Itoa(len(domains))}}
	for i, domain := range domains {
		want.Fields[fmt.Sprintf("Result.%d.Domain", i)] = domain
		want.Fields[fmt.Sprintf("Result.%d.Status", i)] = "Applying"
	}
	for path, value := range c.Fields {
		want.Fields[path] = value
	}
	return want
}

func isSignatureMismatch(e *esaerrors.Error) bool {
	return e.Code == esaerrors.SignatureDoesNotMatchACS3.Code
}

// The sites of the server's built-in example.
const (
	site            = "1234567890123" // example.com, NS, active
	siteCNAME       = "1234567890124" // cname-example.com
	sitePending     = "1234567890125" // pending-example.com
	siteOneLeft     = "1234567890126" // tiny-example.com, quota 1
	siteRecordsFull = "1234567890127" // full-example.com
	siteNoQuota     = "1234567890128" // unreachable-example.com, quota check fails
	siteUnknown     = "7777777777777"
	scenarioBase    = 4000000000000 // + N returns row N of the table of errors
	siteThrottled   = "4000000000100"
	siteUnavailable = "4000000000101"
)

// specialDomain has characters that clients encode differently and canonical forms
// must not: spaces, plus, tilde, asterisk, brackets, quotes, percent, UTF-8.
const specialDomain = "*.example.com,a b,~tilde,plus+plus,(p)!'q',bücher.中国,x/y?z=1&2%2A"

// Cases returns all cases for a server with the built-in example. In their order, no
// case affects a later one.
func Cases() []Case {
	return slices.Concat(acceptedCases(), scenarioCases(), stateCases(), gatewayCases())
}

// Example returns the case of the documented request and response. It needs a server
// without applications, since it expects the first ID. Unlike the documented values,
// those of the server have no trailing spaces, and its request ID is a UUID.
func Example(contract *suite.Contract) (Case, error) {
	fields, err := contract.ExampleFields("documented")
	if err != nil {
		return Case{}, err
	}
	example := Case{
		ID: "live/example", Why: "The server returns the documented response to the documented request.",
		Variants: BasicVariants(), AnyVariant: true, Parameters: map[string]string{}, Fields: map[string]string{},
	}
	for _, p := range contract.Parameters {
		example.Parameters[p.Name] = p.Value
	}
	example.Domains = strings.Split(example.Parameters["Domains"], ",")
	for _, path := range []string{"SiteName", "TotalCount", "Result.0.Status", "Result.0.Id"} {
		example.Fields[path] = strings.TrimSpace(fields[path])
	}
	return example, nil
}

func acceptedCases() []Case {
	names := func(domains string) map[string]string {
		return map[string]string{"SiteId": site, "Domains": domains, "Type": "lets_encrypt"}
	}
	unknown := names("unknown-{n}.example.com")
	unknown["Note"] = specialDomain
	return []Case{
		{
			ID: "live/accepted/variants", Why: "The server accepts every variant of a call.", Variants: Variants(),
			Parameters: names("www-{n}.example.com"), Domains: []string{"www-{n}.example.com"},
		},
		{
			ID: "live/accepted/special-characters", Why: "Client and server agree on the encoding of special characters.", Variants: Variants(),
			Parameters: names("*.W{n}.Example.com , bücher.w{n}.example.com"),
			Domains:    []string{"*.w{n}.example.com", "xn--bcher-kva.w{n}.example.com"},
		},
		{
			ID: "live/accepted/unknown-parameter", Why: "An unknown parameter is signed and otherwise ignored.", Variants: Variants(),
			Parameters: unknown, Domains: []string{"unknown-{n}.example.com"},
		},
		{
			ID: "live/accepted/no-type", Why: "Type is optional.", Variants: BasicVariants(), AnyVariant: true,
			Parameters: map[string]string{"SiteId": site, "Domains": "no-type.example.com"}, Domains: []string{"no-type.example.com"},
		},
		{
			ID: "live/refused/special-characters", Why: "Client and server agree on the encoding of special characters.", Variants: Variants(),
			Parameters: names(specialDomain), Refused: esaerrors.InvalidParameterDomainsMalformed,
		},
		{
			ID: "live/refused/largest-site-id", Why: "The largest 64-bit SiteId arrives unchanged.", Variants: BasicVariants(), AnyVariant: true,
			Parameters: map[string]string{"SiteId": "9223372036854775807", "Domains": "example.com"}, Refused: esaerrors.SiteNotFound,
		},
	}
}

// scenarioCases returns a case for each row of the table of errors, which the site of
// the scenario returns in every variant.
func scenarioCases() []Case {
	var cases []Case
	for _, row := range esaops.ApplyCertificate.Errors {
		cases = append(cases, Case{
			ID: "live/scenario/" + row.Key, Why: "A client reports the error of a scenario in every variant.",
			Variants: Variants(), Refused: row, Scenario: true,
			Parameters: map[string]string{"SiteId": strconv.Itoa(scenarioBase + esaops.ApplyCertificate.Row(row)), "Domains": "example.com"},
		})
	}
	return cases
}

func stateCase(row *esaerrors.Error, parameters map[string]string) Case {
	return Case{
		ID: "live/state/" + row.Key, Why: "The server returns the error, and a client reports it.",
		Variants: BasicVariants(), AnyVariant: true, Parameters: parameters, Refused: row,
	}
}

func call(site, domains string) map[string]string {
	return map[string]string{"SiteId": site, "Domains": domains}
}

// stateCases returns a case for each error that follows from the state of the example.
// InternalException and Unauthorized.InvalidTime need another server: see BrokenStore
// and WrongClock.
func stateCases() []Case {
	twice := stateCase(esaerrors.InvalidParameterDomainsAlreadySubmitted, call(site, "twice.example.com"))
	twice.Setup = twice.Parameters
	full := stateCase(esaerrors.QuotaExceeded, call(siteOneLeft, "two.tiny-example.com"))
	full.Setup = call(siteOneLeft, "one.tiny-example.com")
	wrongType := call(site, "example.com")
	wrongType["Type"] = "free"
	expired := stateCase(esaerrors.UnauthorizedInvalidToken, call(site, "example.com"))
	for n := range expired.Variants {
		expired.Variants[n].Caller = Caller{
			Name: "expired sts", AccessKeyID: "STS.expired-id", AccessKeySecret: "expired-secret", SecurityToken: "expired-token-example",
		}
	}
	return []Case{
		stateCase(esaerrors.SiteNotFound, call(siteUnknown, "example.com")),
		stateCase(esaerrors.SiteNotActivated, call(sitePending, "pending-example.com")),
		stateCase(esaerrors.MissingSiteID, map[string]string{"Domains": "example.com"}),
		twice,
		stateCase(esaerrors.InvalidParameterDomainsTooMany, call(site, manyNames(51))),
		stateCase(esaerrors.InvalidParameterDomainsMalformed, call(site, "-.example.com")),
		stateCase(esaerrors.InvalidParameterDomainsNotInSite, call(site, "example.org")),
		stateCase(esaerrors.QuotaCheckFailed, call(siteNoQuota, "unreachable-example.com")),
		stateCase(esaerrors.InvalidParameterType, wrongType),
		stateCase(esaerrors.QuotaExceedRecordCount, call(siteRecordsFull, "full-example.com")),
		stateCase(esaerrors.InvalidParameterDomainsWildcardOnCname, call(siteCNAME, "*.cname-example.com")),
		expired,
		full,
	}
}

// gatewayCases returns cases of errors that occur before the operation.
func gatewayCases() []Case {
	rpc := DefaultRPCVariant()
	wrongSecret := Caller{Name: "wrong secret", AccessKeyID: "testid", AccessKeySecret: "wrong"}
	gateway := func(refused *esaerrors.Error, parameters map[string]string, variants ...Variant) Case {
		return Case{
			ID: "live/gateway/" + refused.Key, Why: "The server returns the error of the gateway, and a client reports it.",
			Variants: variants, Parameters: parameters, Refused: refused,
		}
	}
	throttled := gateway(esaerrors.ThrottlingUser, call(siteThrottled, "example.com"), DefaultVariant(), rpc)
	unavailable := gateway(esaerrors.ServiceUnavailable, call(siteUnavailable, "example.com"), DefaultVariant(), rpc)
	throttled.Scenario, unavailable.Scenario = true, true
	denied := func(refused *esaerrors.Error, name, id, secret string) Case {
		caller := Caller{Name: name, AccessKeyID: id, AccessKeySecret: secret}
		return gateway(refused, call(site, "example.com"), DefaultVariant().WithCaller(caller), rpc.WithCaller(caller))
	}
	return []Case{
		denied(esaerrors.NoPermission, "denied", "denied-id", "denied-secret"),
		denied(esaerrors.InvalidAccessKeyIDNotFound, "unknown key", "nobody", "secret"),
		denied(esaerrors.InvalidAccessKeyIDInactive, "disabled key", "disabled-id", "disabled-secret"),
		denied(esaerrors.MissingSecurityToken, "sts without token", "STS.testid", "sts-secret"),
		gateway(esaerrors.SignatureDoesNotMatchACS3, call(site, "example.com"), DefaultVariant().WithCaller(wrongSecret)),
		gateway(esaerrors.SignatureDoesNotMatchRPC, call(site, "example.com"), rpc.WithCaller(wrongSecret)),
		gateway(esaerrors.InvalidSiteID, call("abc", "example.com"), DefaultVariant(), rpc),
		gateway(esaerrors.MissingDomains, map[string]string{"SiteId": site}, DefaultVariant(), rpc),
		throttled,
		unavailable,
	}
}

// BrokenStore returns the case for a server whose store fails.
func BrokenStore() Case {
	return stateCase(esaerrors.InternalException, call(site, "example.com"))
}

// WrongClock returns the case for a server whose clock differs from the client's by
// more than 15 minutes.
func WrongClock() Case {
	c := stateCase(esaerrors.UnauthorizedInvalidTime, call(site, "example.com"))
	c.AnyVariant = false
	c.Variants = []Variant{DefaultVariant(), {adapters.SignatureHMACSHA1, "GET", adapters.PlacementQuery, accessKey()}}
	return c
}

func manyNames(count int) string {
	names := make([]string, count)
	for i := range names {
		names[i] = strconv.Itoa(i) + ".many.example.com"
	}
	return strings.Join(names, ",")
}

// numbered replaces "{n}" in parameters.
func numbered(n int, parameters map[string]string) map[string]string {
	result := make(map[string]string, len(parameters))
	for name, value := range parameters {
		result[name] = strings.ReplaceAll(value, "{n}", strconv.Itoa(n))
	}
	return result
}

// domains returns the expected domains of variant n.
func (c Case) domains(n int) []string {
	domains := make([]string, len(c.Domains))
	for i, domain := range c.Domains {
		domains[i] = strings.ReplaceAll(domain, "{n}", strconv.Itoa(n))
	}
	return domains
}
