package ram

import (
	"fmt"
	"unicode/utf8"
)

// Limits on the characters of a policy document.
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

// Parse parses a custom policy: a JSON document of at most [MaxPolicySize]
// characters. It refuses an invalid document with an [*Error] that lists every
// problem; an unknown or repeated key is refused like a wrong date or CIDR
// block.
func Parse(data []byte) (*Policy, error) {
	return ParseWithin(data, MaxPolicySize)
}

// ParseWithin is [Parse] with a given limit in characters, for example
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

// FromValue parses a decoded policy, as part of a larger JSON or YAML document:
// map[string]any, []any, []string and string. Its problems have a path and no
// line. [MaxPolicySize] applies to its compact JSON form. The decoder must
// reject repeated keys, which are not detectable here.
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
