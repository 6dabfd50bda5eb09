package gateway

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/auth"
	"github.com/esacert/esacert/server/internal/ram"
	"github.com/esacert/esacert/server/internal/refusal"
)

// authorize checks with RAM that the caller may call the operation on the site.
// The rules are checked later, so the site need not exist.
func (g *Gateway) authorize(c *call) error {
	principal := c.caller.Principal
	// Without a site the call is for any site, so that a caller with permission for
	// one site learns nothing else. The number is in its normal form, so that zeros or
	// a sign before it do not hide a site from a policy.
	site := "*"
	if c.hasSite {
		site = strconv.FormatInt(c.site, 10)
	}
	decision := ram.Evaluate(principal.Policies, ram.Request{
		Action:   c.facts.RAMAction,
		Resource: c.facts.Resource(c.state.Region, principal.Account, site),
		Context:  (*conditions)(c),
	})
	if decision.Allowed {
		return nil
	}
	return &refusal.Error{Row: esaerrors.NoPermission, Detail: decision.String(), Denied: deniedDetail(principal, c.facts.RAMAction, decision)}
}

// deniedDetail returns the AccessDeniedDetail. EncodedDiagnosticMessage is missing:
// only the vendor can encode and decode it.
func deniedDetail(p *auth.Principal, action string, d ram.Decision) *esaapi.AccessDeniedDetail {
	policyType, kind, permission := string(d.PolicyType), string(p.Kind), string(d.NoPermissionType)
	return &esaapi.AccessDeniedDetail{
		PolicyType: &policyType, AuthPrincipalOwnerID: &p.Account, AuthPrincipalType: &kind,
		AuthPrincipalDisplayName: &p.Name, NoPermissionType: &permission, AuthAction: &action,
	}
}

// conditions provides the condition values of the request to RAM. It computes a value
// only if a policy uses it.
type conditions call

func (x *conditions) Value(key string) (string, bool) {
	switch key {
	case ram.KeySourceIP:
		address, err := netip.ParseAddrPort(x.Context.Request().RemoteAddr)
		if err != nil {
			return "", false
		}
		return address.Addr().Unmap().WithZone("").String(), true
	case ram.KeySecureTransport:
		return strconv.FormatBool(x.Context.Request().TLS != nil), true
	case ram.KeyCurrentTime:
		return x.receivedAt.UTC().Format(time.RFC3339), true
	case ram.KeyPrincipalARN:
		return x.caller.Principal.ARN, true
	}
	return "", false
}
