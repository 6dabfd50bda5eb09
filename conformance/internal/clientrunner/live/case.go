package live

import (
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Situation is a call and what must come of it, on the built-in example of the
// server. In its parameters and domains, "{n}" stands for the number of the
// way, so that no two ways apply for one name.
type Case struct {
	Name     string
	Variants []Variant
	// OneOf says that the ways are alternatives: a client is put through the
	// first that it has.
	AnyVariant bool
	Parameters map[string]string

	// First is a call that must be accepted before, if not nil.
	Setup map[string]string

	// Refused is the error that must come; nil where the call is accepted, and
	// the answer then has these Domains.
	Refused *esaerrors.Error
	Domains []string
	// Scenario says that the error is ordered by a site id, not caused.
	Scenario bool
}

// The sites of the server's built-in example.
const (
	site            = "1234567890123" // example.com, NS, active
	siteCNAME       = "1234567890124" // cname-example.com
	sitePending     = "1234567890125" // pending-example.com
	siteOneLeft     = "1234567890126" // tiny-example.com, quota 1
	siteRecordsFull = "1234567890127" // full-example.com
	siteNoQuota     = "1234567890128" // unreachable-example.com, quota cannot be asked for
	siteUnknown     = "7777777777777"
	scenarioBase    = 4000000000000 // + N answers row N
	siteThrottled   = "4000000000100"
	siteUnavailable = "4000000000101"
)

// special has characters that clients encode differently, and canonical forms
// must not: blanks, plus, tilde, star, brackets, quotes, percent, UTF-8.
const specialDomain = "*.example.com,a b,~tilde,plus+plus,(p)!'q',bücher.中国,x/y?z=1&2%2A"

// Situations gives all that the built-in example can show, in an order in which
// none spoils another.
func Cases() []Case {
	return slices.Concat(acceptedCases(), scenarioCases(), stateCases(), gatewayCases())
}

func acceptedCases() []Case {
	names := func(domains string) map[string]string {
		return map[string]string{"SiteId": site, "Domains": domains, "Type": "lets_encrypt"}
	}
	unknown := names("unknown-{n}.example.com")
	unknown["Note"] = specialDomain
	return []Case{
		{
			Name: "accepted", Variants: Variants(),
			Parameters: names("www-{n}.example.com"), Domains: []string{"www-{n}.example.com"},
		},
		{
			Name: "accepted: special characters", Variants: Variants(),
			Parameters: names("*.W{n}.Example.com , bücher.w{n}.example.com"),
			Domains:    []string{"*.w{n}.example.com", "xn--bcher-kva.w{n}.example.com"},
		},
		{
			Name: "accepted: unknown parameter of special characters", Variants: Variants(),
			Parameters: unknown, Domains: []string{"unknown-{n}.example.com"},
		},
		{
			Name: "accepted: no Type", Variants: BasicVariants(), AnyVariant: true,
			Parameters: map[string]string{"SiteId": site, "Domains": "no-type.example.com"}, Domains: []string{"no-type.example.com"},
		},
		{
			Name: "refused: special characters", Variants: Variants(),
			Parameters: names(specialDomain), Refused: esaerrors.InvalidParameterDomainsMalformed,
		},
		{
			Name: "refused: largest 64-bit SiteId", Variants: BasicVariants(), AnyVariant: true,
			Parameters: map[string]string{"SiteId": "9223372036854775807", "Domains": "example.com"}, Refused: esaerrors.SiteNotFound,
		},
	}
}

// byScenario has the row of each scenario site, by every way.
func scenarioCases() []Case {
	var situations []Case
	for _, row := range esaerrors.Rows() {
		situations = append(situations, Case{
			Name: "scenario: " + row.Key, Variants: Variants(), Refused: row, Scenario: true,
			Parameters: map[string]string{"SiteId": strconv.Itoa(scenarioBase + row.Number), "Domains": "example.com"},
		})
	}
	return situations
}

// byState has the rows that the state of the example causes. InternalException
// and Unauthorized.InvalidTime need a server whose store or clock is broken:
// see BrokenStore and WrongClock.
func stateCases() []Case {
	state := func(row *esaerrors.Error, parameters map[string]string) Case {
		return Case{Name: "state: " + row.Key, Variants: BasicVariants(), AnyVariant: true, Parameters: parameters, Refused: row}
	}
	call := func(site, domains string) map[string]string {
		return map[string]string{"SiteId": site, "Domains": domains}
	}
	twice := state(esaerrors.InvalidParameterDomainsAlreadySubmitted, call(site, "twice.example.com"))
	twice.Setup = twice.Parameters
	full := state(esaerrors.QuotaExceeded, call(siteOneLeft, "two.tiny-example.com"))
	full.Setup = call(siteOneLeft, "one.tiny-example.com")
	wrongType := call(site, "example.com")
	wrongType["Type"] = "free"
	expired := state(esaerrors.UnauthorizedInvalidToken, call(site, "example.com"))
	for n := range expired.Variants {
		expired.Variants[n].Caller = Caller{
			Name: "expired sts", AccessKeyID: "STS.expired-id", AccessKeySecret: "expired-secret", SecurityToken: "expired-token-example",
		}
	}
	return []Case{
		state(esaerrors.SiteNotFound, call(siteUnknown, "example.com")),
		state(esaerrors.SiteNotActivated, call(sitePending, "pending-example.com")),
		state(esaerrors.MissingSiteID, map[string]string{"Domains": "example.com"}),
		twice,
		state(esaerrors.InvalidParameterDomainsTooMany, call(site, manyNames(51))),
		state(esaerrors.InvalidParameterDomainsMalformed, call(site, "-.example.com")),
		state(esaerrors.InvalidParameterDomainsNotInSite, call(site, "example.org")),
		state(esaerrors.QuotaCheckFailed, call(siteNoQuota, "unreachable-example.com")),
		state(esaerrors.InvalidParameterType, wrongType),
		state(esaerrors.QuotaExceedRecordCount, call(siteRecordsFull, "full-example.com")),
		state(esaerrors.InvalidParameterDomainsWildcardOnCname, call(siteCNAME, "*.cname-example.com")),
		expired,
		full,
	}
}

// byGateway has errors from before the operation, which clients must tell their
// callers as well.
func gatewayCases() []Case {
	rpc := DefaultRPCVariant()
	wrongSecret := Caller{Name: "wrong secret", AccessKeyID: "testid", AccessKeySecret: "wrong"}
	at := func(site string) map[string]string {
		return map[string]string{"SiteId": site, "Domains": "example.com"}
	}
	gateway := func(refused *esaerrors.Error, parameters map[string]string, ways ...Variant) Case {
		return Case{Name: "gateway: " + refused.Key, Variants: ways, Parameters: parameters, Refused: refused}
	}
	throttled := gateway(esaerrors.ThrottlingUser, at(siteThrottled), DefaultVariant(), rpc)
	unavailable := gateway(esaerrors.ServiceUnavailable, at(siteUnavailable), DefaultVariant(), rpc)
	throttled.Scenario, unavailable.Scenario = true, true
	by := func(name, id, secret string) []Variant {
		caller := Caller{Name: name, AccessKeyID: id, AccessKeySecret: secret}
		return []Variant{DefaultVariant().WithCaller(caller), rpc.WithCaller(caller)}
	}
	return []Case{
		gateway(esaerrors.NoPermission, at(site), by("denied", "denied-id", "denied-secret")...),
		gateway(esaerrors.InvalidAccessKeyIDNotFound, at(site), by("unknown key", "nobody", "secret")...),
		gateway(esaerrors.InvalidAccessKeyIDInactive, at(site), by("disabled key", "disabled-id", "disabled-secret")...),
		gateway(esaerrors.MissingSecurityToken, at(site), by("sts without token", "STS.testid", "sts-secret")...),
		gateway(esaerrors.SignatureDoesNotMatchACS3, at(site), DefaultVariant().WithCaller(wrongSecret)),
		gateway(esaerrors.SignatureDoesNotMatchRPC, at(site), rpc.WithCaller(wrongSecret)),
		gateway(esaerrors.InvalidSiteID, at("abc"), DefaultVariant(), rpc),
		gateway(esaerrors.MissingDomains, map[string]string{"SiteId": site}, DefaultVariant(), rpc),
		throttled,
		unavailable,
	}
}

// BrokenStore is the situation of a server that cannot store.
func BrokenStore() Case {
	return Case{
		Name: "state: " + esaerrors.InternalException.Key, Variants: BasicVariants(), AnyVariant: true, Refused: esaerrors.InternalException,
		Parameters: map[string]string{"SiteId": site, "Domains": "example.com"},
	}
}

// WrongClock is the situation of a client and a server whose clocks are more
// than 15 minutes apart.
func WrongClock() Case {
	s := BrokenStore()
	s.Refused = esaerrors.UnauthorizedInvalidTime
	s.Name = "state: " + s.Refused.Key
	s.AnyVariant = false
	s.Variants = []Variant{DefaultVariant(), {adapters.SignatureHMACSHA1, "GET", adapters.PlacementQuery, accessKey()}}
	return s
}

func manyNames(count int) string {
	names := make([]string, count)
	for i := range names {
		names[i] = strconv.Itoa(i) + ".many.example.com"
	}
	return strings.Join(names, ",")
}

// numbered replaces "{n}" in what a way sends and gets.
func numbered(n int, parameters map[string]string) map[string]string {
	result := make(map[string]string, len(parameters))
	for name, value := range parameters {
		result[name] = strings.ReplaceAll(value, "{n}", strconv.Itoa(n))
	}
	return result
}
