package ram

import (
	"fmt"
	"strings"
)

// System policies for ESA. Source of the names: the vendor's page "Services
// that work with RAM".
const (
	// AliyunESAFullAccess allows every operation of ESA.
	AliyunESAFullAccess = "AliyunESAFullAccess"
	// AliyunESAReadOnlyAccess allows the operations of ESA that only read.
	AliyunESAReadOnlyAccess = "AliyunESAReadOnlyAccess"
	// AdministratorAccess allows every operation of every service.
	AdministratorAccess = "AdministratorAccess"
)

// System returns the system policy with the given name. The error lists the
// known names.
//
// The vendor has not published the two ESA policies. The prefixes of the read-
// only one are those which the vendor's AliyunServiceRolePolicyForESAMssp (Oct
// 2025) grants for reading.
func System(name string) (*Policy, error) {
	switch name {
	case AliyunESAFullAccess:
		return allow("esa:*").WithName(name), nil
	case AliyunESAReadOnlyAccess:
		return allow("esa:Check*", "esa:Describe*", "esa:Get*", "esa:List*").WithName(name), nil
	case AdministratorAccess:
		return AllowAll().WithName(name), nil
	}
	known := []string{AliyunESAFullAccess, AliyunESAReadOnlyAccess, AdministratorAccess}
	return nil, fmt.Errorf("no system policy %s; known are %s", quote(name), strings.Join(known, ", "))
}

// AllowAll returns a policy that allows every action on every resource.
func AllowAll() *Policy { return allow("*") }

// allow returns a policy that allows the actions on every resource.
func allow(actions ...string) *Policy {
	s := statement{effect: Allow, resources: []resourcePattern{{source: "*", all: true}}}
	for _, action := range actions {
		s.actions = append(s.actions, newPattern(action, true))
	}
	return &Policy{statements: []statement{s}}
}
