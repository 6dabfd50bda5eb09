// Package ram decides whether a caller may do what a request asks: it reads
// policies written in the policy language of Alibaba Cloud RAM (Resource
// Access Management) and judges requests by them.
//
// # The language
//
// A policy is a JSON document, {"Version":"1","Statement":[…]}. Each statement
// says Allow or Deny (Effect) of operations (Action, or NotAction: all but
// these) on resources (Resource), if its conditions hold (Condition):
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
// In an action and in each part of a resource name, "*" stands for any run of
// characters, the empty one included, and "?" for exactly one. Actions ignore
// case, resources do not. A resource name is matched part by part
// (acs:service:region:account:relative-id), so that a "*" for the region cannot
// reach into the account.
//
// # Conditions
//
// The values of a key are alternatives: one must match. For an operator with
// Not in its name none may match. All keys of an operator, and all operators of
// a statement, must hold. Names of keys ignore case.
//
// A key that the request does not show matches no value. So a positive operator
// does not hold, and a negated one does. The vendor's pages do not say this in
// words. The positive half was reported from live calls: calls with an access
// key carry no acs:MFAPresent, and a Bool condition on it never holds for them.
// The negated half follows from "none may match", and it is the safe reading of
// the usual guard, Deny unless the key has one of these values: hiding the key
// does not lift the guard. (Not proven: one of the vendor's examples of control
// policies sets a Null test beside StringNotEquals, which this reading makes
// needless.) A value that cannot be read as the operator's type
// (an acs:SourceIp that is no address) counts as a key that is not shown.
//
// # The decision
//
// Within a layer an explicit Deny beats an Allow, and an Allow beats the
// implicit denial. A request passes if each layer that is present allows it;
// they are asked in the documented order: control policy, session policy,
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
// # What is left out
//
// Identity-based policies have no Principal; trust policies of roles do, and are
// not read here. NotResource is on none of the vendor's pages. The IfExists
// suffix, Null and the ForAllValues and ForAnyValue prefixes belong to control
// policies; RAM is reported to refuse the first two ("The condition operator
// 'IfExists/Null' is not supported"), and so does [Parse]. Policies by resource
// group do not exist here.
//
// Sources: the vendor's pages "Policy structure and syntax", "Basic elements of
// a permission policy", "Conditional operators" (Dec 2025), "Policy evaluation
// process" and "Limitations" (Dec 2025) of RAM.
//
// A [Policy] never changes after it was made, so everything here may be used
// from many goroutines at once.
package ram
