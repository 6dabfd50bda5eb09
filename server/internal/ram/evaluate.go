package ram

import "fmt"

// PolicyType is the layer of policies that decided, as in AccessDeniedDetail.
// Source: the vendor's page on access-denied errors. The documented
// ResourceGroupLevelIdentityBasedPolicy and AssumeRolePolicy do not occur here.
type PolicyType string

// Layers of policies, in the order of evaluation.
const (
	ControlPolicy                   PolicyType = "ControlPolicy"
	SessionPolicy                   PolicyType = "SessionPolicy"
	AccountLevelIdentityBasedPolicy PolicyType = "AccountLevelIdentityBasedPolicy"
)

// NoPermissionType is the kind of a denial, as in AccessDeniedDetail. Source:
// as for [PolicyType].
type NoPermissionType string

// Kinds of denials.
const (
	ImplicitDeny NoPermissionType = "ImplicitDeny" // no statement allows the request
	ExplicitDeny NoPermissionType = "ExplicitDeny" // a Deny statement matches it
)

// PolicyLayers are the policies in force for a caller. Each present layer must
// allow the request. The zero value allows nothing.
type PolicyLayers struct {
	// Control are the control policies of a resource directory, evaluated together.
	// If empty, the layer is absent.
	Control []*Policy
	// Session is the policy of an STS token: it restricts the identity's
	// permissions. If nil, the layer is absent.
	Session *Policy
	// Identity are the policies of the user and of its groups, or of the role. This
	// layer is always present: if empty, nothing is allowed.
	Identity []*Policy
}

// Root returns the layers of an account's root user, with all permissions in
// the account: one policy, named "root", that allows everything.
func Root() PolicyLayers {
	return PolicyLayers{Identity: []*Policy{AllowAll().WithName("root")}}
}

// Request is the action to evaluate.
type Request struct {
	// Action is service:Operation, for example esa:ApplyCertificate.
	Action string
	// Resource is a complete resource name, for example acs:esa:cn-
	// hangzhou:1000000000000001:site/123.
	Resource string
	// Context returns the values of condition keys. If nil, all keys are absent.
	Context Context
}

// Decision is the outcome of [Evaluate]. The zero value is a denial.
type Decision struct {
	// Allowed reports whether the request is permitted.
	Allowed bool
	// PolicyType is the layer that decided: the first that did not allow, or the
	// last one if all did.
	PolicyType PolicyType
	// NoPermissionType is the kind of the denial; "" if the request is allowed.
	NoPermissionType NoPermissionType
	// Policy is the name of the policy whose statement decided; "" for an implicit
	// denial.
	Policy string
	// Statement is the index from 0 of the statement that decided; -1 for an
	// implicit denial.
	Statement int
}

// String describes the decision in one line, for a journal.
func (d Decision) String() string {
	switch {
	case d.Allowed:
		return fmt.Sprintf("allowed by statement %d of policy %q", d.Statement, d.Policy)
	case d.NoPermissionType == ExplicitDeny:
		return fmt.Sprintf("denied by statement %d of policy %q (%s, %s)", d.Statement, d.Policy, d.PolicyType, ExplicitDeny)
	case d.NoPermissionType == ImplicitDeny:
		return fmt.Sprintf("denied: no statement allows it (%s, %s)", d.PolicyType, ImplicitDeny)
	}
	return "not decided"
}

// Evaluate decides whether the request is allowed. It evaluates the layers in
// the documented order and stops at the first that does not allow; within a
// layer an explicit Deny overrides an Allow, which overrides the implicit
// denial. It does not allocate, unless a value of the context does.
func Evaluate(layers PolicyLayers, request Request) Decision {
	t := compiledRequest{action: request.Action, context: request.Context}
	t.resource, t.hasResource = cutResource(request.Resource)

	if len(layers.Control) > 0 {
		if decision := evaluateLayer(ControlPolicy, layers.Control, &t); !decision.Allowed {
			return decision
		}
	}
	if layers.Session != nil {
		if decision := evaluateLayer(SessionPolicy, []*Policy{layers.Session}, &t); !decision.Allowed {
			return decision
		}
	}
	return evaluateLayer(AccountLevelIdentityBasedPolicy, layers.Identity, &t)
}

// target is a request prepared for matching.
type compiledRequest struct {
	action      string
	resource    resourceName
	hasResource bool
	context     Context
}

// judge decides by one layer alone. It checks every Deny, and stops checking
// Allow statements after the first match.
func evaluateLayer(layer PolicyType, policies []*Policy, t *compiledRequest) Decision {
	decision := Decision{PolicyType: layer, NoPermissionType: ImplicitDeny, Statement: -1}
	for _, policy := range policies {
		if policy == nil {
			continue
		}
		for i := range policy.statements {
			s := &policy.statements[i]
			if s.effect == Allow && decision.Allowed || !s.matches(t) {
				continue
			}
			if s.effect == Deny {
				return Decision{PolicyType: layer, NoPermissionType: ExplicitDeny, Policy: policy.name, Statement: i}
			}
			decision = Decision{Allowed: true, PolicyType: layer, Policy: policy.name, Statement: i}
		}
	}
	return decision
}
