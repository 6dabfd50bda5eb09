package serverrunner

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// applying is the status of a new application.
const applying = "Applying"

// checkAccepted compares a body with the applications that the request created.
func (e *expected) checkAccepted(c *checks, object map[string]any) {
	site, _ := fieldAt(object, "SiteName")
	c.equal("site name", e.Accepted.SiteName, site)
	count := "(not a number)"
	if number, ok := object["TotalCount"].(json.Number); ok {
		count = number.String()
	}
	c.equal("total count", strconv.Itoa(len(e.Accepted.Domains)), count)

	applications, isList := object["Result"].([]any)
	if !isList {
		c.add("result", false, "a list", fmt.Sprintf("%T", object["Result"]))
		return
	}
	domains := column(applications, "Domain")
	c.equal("result domains", strings.Join(e.Accepted.Domains, ","), strings.Join(domains, ","))
	ids := column(applications, "Id")
	c.add("result ids", distinct(ids) && allStrings(applications, "Id"), "distinct non-empty strings", strings.Join(ids, ","))
	states := column(applications, "Status")
	c.add("result status", !slices.ContainsFunc(states, func(s string) bool { return s != applying }), applying+" in all applications", strings.Join(states, ","))
}

// column returns one field of each application.
func column(applications []any, field string) []string {
	values := make([]string, len(applications))
	for i, application := range applications {
		value, found := fieldAt(application, field)
		if !found {
			value = "(no " + field + ")"
		}
		values[i] = value
	}
	return values
}

// distinct reports whether no ID is empty or repeated.
func distinct(ids []string) bool {
	sorted := slices.Sorted(slices.Values(ids))
	return !slices.Contains(ids, "") && len(slices.Compact(sorted)) == len(ids)
}

// allStrings reports whether a field is a JSON string in every application that is
// an object.
func allStrings(applications []any, field string) bool {
	return !slices.ContainsFunc(applications, func(application any) bool {
		object, ok := application.(map[string]any)
		if !ok {
			return true
		}
		_, ok = object[field].(string)
		return !ok
	})
}
