// Package ram decides whether a caller may perform a request. It parses
// policies in the policy language of Alibaba Cloud RAM (Resource Access
// Management) and evaluates requests against them.
//
// # The language
//
// A policy is a JSON document, {"Version":"1","Statement":[…]}. Each statement
// allows or denies (Effect) operations (Action, or NotAction: all but these) on
// resources (Resource), if its conditions are met (Condition):
//
//	{
//	  "Version": "1",
//	  "Statement": [{
//	    "Effect": "Allow",
//	    "Action": "esa:Apply*",
//	    "Resource": "acs:esa:*:1000000000000001:site/*",
//	    "Condition": {"IpAddress": {"acs:SourceIp": ["192.0.2.0/24", "203.0.113.2"]}}
//	  }]
//	}
//
// In an action and in each part of a resource name, "*" matches any sequence of
// characters, including the empty one, and "?" matches exactly one. Actions are
// case-insensitive, resources are not. A resource name is matched part by part
// (acs:service:region:account:relative-id), so that a "*" for the region cannot
// extend into the account.
//
// # Conditions
//
// The values of a key are alternatives: one must match. For an operator with
// Not in its name none may match. All keys of an operator, and all operators of
// a statement, must be met. Names of keys are case-insensitive.
//
// A key that is absent from the request matches no value, so a positive
// operator is not met and a negated one is. The vendor's pages do not state
// this. The positive half was reported from live calls: calls with an access
// key have no acs:MFAPresent, and a Bool condition on it is never met. The
// negated half follows from "none may match", and it is the safe reading of the
// usual guard, Deny unless the key has one of these values: omitting the key
// does not bypass the guard. (Not proven: one of the vendor's examples of
// control policies has a Null test next to StringNotEquals, which is redundant
// in this reading.) A value that does not parse as the operator's type (an
// invalid address in acs:SourceIp) counts as absent.
// # The decision
//
// Within a layer an explicit Deny overrides an Allow, and an Allow overrides
// the implicit denial. A request passes if each present layer allows it. Layers
// are evaluated in the documented order: control policy, session policy,
// identity-based policies. The first layer that does not allow decides.
//
//	policy, err := ram.Parse(document)
//	if err != nil {
//		return err // every problem, each with its path, line and column
//	}
//	decision := ram.Evaluate(
//		ram.Layers{Identity: []*ram.Policy{policy.Named("certificates")}},
//		ram.Request{
//			Action:   "esa:ApplyCertificate",
//			Resource: "acs:esa:cn-hangzhou:1000000000000001:site/123",
//			Context:  &ram.Attributes{SourceIP: netip.MustParseAddr("192.0.2.7")},
//		},
//	)
//	if !decision.Allowed { … decision.PolicyType, decision.NoPermissionType … }
//
// # Limits
//
// Identity-based policies have no Principal; trust policies of roles do, and
// are not supported. NotResource is not on the vendor's pages. The IfExists
// suffix, Null and the ForAllValues and ForAnyValue prefixes belong to control
// policies; RAM is reported to refuse the first two ("The condition operator
// 'IfExists/Null' is not supported"), and so does [Parse]. Policies by resource
// group are not supported.
//
// Sources: the vendor's pages "Policy structure and syntax", "Basic elements of
// a permission policy", "Conditional operators" (Dec 2025), "Policy evaluation
// process" and "Limitations" (Dec 2025) of RAM.
//
// A [Policy] is immutable, and the package is safe for concurrent use.
package ram
