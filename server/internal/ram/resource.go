package ram

import "strings"

// Parts of a resource name after its leading "acs":
// acs:<service>:<region>:<account>:<relative id>. The relative ID is the rest,
// including colons. Source: the vendor's page on policy elements.
const (
	partService = iota
	partRegion
	partAccount
	partRelative
	partCount
)

const resourcePrefix = "acs:"

// resourceName is a resource name split into its parts.
type resourceName [partCount]string

// cutResource splits a resource name. It returns false if a part is missing.
// Parts may be empty: services without regions write
// acs:ram::1000000000000001:user/a.
func cutResource(source string) (resourceName, bool) {
	var name resourceName
	rest, ok := strings.CutPrefix(source, resourcePrefix)
	if !ok {
		return name, false
	}
	for part := partService; part < partRelative; part++ {
		if name[part], rest, ok = strings.Cut(rest, ":"); !ok {
			return name, false
		}
	}
	name[partRelative] = rest
	return name, rest != ""
}

// resourcePattern is one entry of Resource.
type resourcePattern struct {
	source string
	all    bool // the entry "*"
	parts  [partCount]pattern
}

// newResourcePattern parses "*" or a resource name with wildcards. It returns
// false for anything else.
func newResourcePattern(source string) (resourcePattern, bool) {
	if source == "*" {
		return resourcePattern{source: source, all: true}, true
	}
	name, ok := cutResource(source)
	if !ok {
		return resourcePattern{}, false
	}
	resource := resourcePattern{source: source}
	for i, part := range name {
		resource.parts[i] = newPattern(part, false)
	}
	return resource, true
}

// match compares part by part, so that a wildcard does not extend over a colon
// into the next part. A request with an invalid resource name matches only "*".
func (r *resourcePattern) match(t *compiledRequest) bool {
	if r.all {
		return true
	}
	if !t.hasResource {
		return false
	}
	for i := range r.parts {
		if !r.parts[i].match(t.resource[i]) {
			return false
		}
	}
	return true
}
