package directory

import (
	"maps"
	"slices"

	"github.com/esacert/esacert/server/internal/ram"
)

// Policies finds configured and system policies by name. System policies are
// added when they are first found. It is not safe for concurrent use.
type Policies map[string]*ram.Policy

// NewPolicies returns the index of configured policies. Nil policies are
// left out.
func NewPolicies(policies map[string]*ram.Policy) Policies {
	index := Policies{}
	for name, policy := range policies {
		if policy != nil {
			index[name] = policy.WithName(name)
		}
	}
	return index
}

// Find returns a policy; nil if the name is unknown.
func (p Policies) Find(name string) *ram.Policy {
	if policy, ok := p[name]; ok {
		return policy
	}
	policy, err := ram.System(name)
	if err != nil {
		return nil
	}
	p[name] = policy
	return policy
}

// Names returns the sorted names of the configured policies and of the system
// policies for users.
func (p Policies) Names() []string {
	for _, name := range []string{ram.AliyunESAFullAccess, ram.AliyunESAReadOnlyAccess, ram.AdministratorAccess} {
		p.Find(name)
	}
	return slices.Sorted(maps.Keys(p))
}

// all returns the known policies in the order of the names.
func (p Policies) all(names []string) []*ram.Policy {
	list := make([]*ram.Policy, 0, len(names))
	for _, name := range names {
		if policy := p.Find(name); policy != nil {
			list = append(list, policy)
		}
	}
	return list
}
