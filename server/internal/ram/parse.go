package ram

import (
	"fmt"
	"unicode/utf8"
)

// The most characters that a policy document may have.
const (
	// MaxPolicySize is for custom policies. Source: the vendor's page on limits of
	// RAM, Dec 2025.
	MaxPolicySize = 6144
	// MaxControlPolicySize is for control policies. Source: the vendor's page on
	// limits of Resource Management.
	MaxControlPolicySize = 4096
	// MaxSessionPolicySize is for the policy of an STS token. Source: the vendor's
	// page on AssumeRole.
	MaxSessionPolicySize = 2048
)

// Parse reads a custom policy: a JSON document of at most [MaxPolicySize]
// characters. A document that is not a policy is refused with an [*Error] that
// holds every problem; nothing is ignored: an unknown or repeated key is refused
// just as a wrong date or CIDR block.
func Parse(data []byte) (*Policy, error) {
	return ParseWithin(data, MaxPolicySize)
}

// ParseWithin is [Parse] with a limit of its own, in characters:
// [MaxSessionPolicySize] for the policy of an STS token.
func ParseWithin(data []byte, limit int) (*Policy, error) {
	if size := utf8.RuneCount(data); size > limit {
		return nil, tooLarge(size, limit, position{1, 1})
	}
	root, found := nodesFromJSON(data)
	if err := found.err(); err != nil {
		return nil, err
	}
	return read(root)
}

// FromValue reads a policy that was decoded already, as a part of a larger JSON
// or YAML document: map[string]any, []any, []string and string. Its problems
// have a path and no line. [MaxPolicySize] applies to its JSON form without
// blanks. A decoder must not have dropped repeated keys: here they cannot be seen.
func FromValue(value any) (*Policy, error) {
	policy, err := read(nodesFromValue(value))
	if err != nil {
		return nil, err
	}
	document, err := policy.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("measure policy: %w", err)
	}
	if size := utf8.RuneCount(document); size > MaxPolicySize {
		return nil, tooLarge(size, MaxPolicySize, position{})
	}
	return policy, nil
}

func tooLarge(size, limit int, at position) error {
	var found problems
	found.add("$", at, fmt.Sprintf("has %d characters; write at most %d, or split the policy", size, limit))
	return &Error{Problems: found, tooLarge: true}
}

func read(root *node) (*Policy, error) {
	var r parser
	policy := r.policy(root)
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	return policy, nil
}
