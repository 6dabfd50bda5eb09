package ram

import "strings"

// kind is the type of value that an operator compares.
type kind int

const (
	kindString kind = iota
	kindStringIgnoreCase
	kindPattern
	kindNumber
	kindDate
	kindBool
	kindAddress
)

// comparison is the required order of the request's value relative to the
// policy's.
type comparison int

const (
	equal comparison = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// holds accepts -1, 0 or 1 for a request's value below, equal to or above the
// policy's.
func (c comparison) holds(order int) bool {
	switch c {
	case less:
		return order < 0
	case lessOrEqual:
		return order <= 0
	case greater:
		return order > 0
	case greaterOrEqual:
		return order >= 0
	}
	return order == 0
}

// operator is one condition operator.
type operator struct {
	name       string
	kind       kind
	comparison comparison // of numbers and dates
	negated    bool       // none of the values may match
}

// operators lists all documented condition operators. Source: the vendor's page
// "Conditional operators".
func operators() []operator {
	return []operator{
		{name: "StringEquals", kind: kindString},
		{name: "StringNotEquals", kind: kindString, negated: true},
		{name: "StringEqualsIgnoreCase", kind: kindStringIgnoreCase},
		{name: "StringNotEqualsIgnoreCase", kind: kindStringIgnoreCase, negated: true},
		{name: "StringLike", kind: kindPattern},
		{name: "StringNotLike", kind: kindPattern, negated: true},
		{name: "NumericEquals", kind: kindNumber},
		{name: "NumericNotEquals", kind: kindNumber, negated: true},
		{name: "NumericLessThan", kind: kindNumber, comparison: less},
		{name: "NumericLessThanEquals", kind: kindNumber, comparison: lessOrEqual},
		{name: "NumericGreaterThan", kind: kindNumber, comparison: greater},
		{name: "NumericGreaterThanEquals", kind: kindNumber, comparison: greaterOrEqual},
		{name: "DateEquals", kind: kindDate},
		{name: "DateNotEquals", kind: kindDate, negated: true},
		{name: "DateLessThan", kind: kindDate, comparison: less},
		{name: "DateLessThanEquals", kind: kindDate, comparison: lessOrEqual},
		{name: "DateGreaterThan", kind: kindDate, comparison: greater},
		{name: "DateGreaterThanEquals", kind: kindDate, comparison: greaterOrEqual},
		{name: "Bool", kind: kindBool},
		{name: "IpAddress", kind: kindAddress},
		{name: "NotIpAddress", kind: kindAddress, negated: true},
	}
}

// findOperator returns the operator with exactly this name.
func findOperator(name string) (operator, bool) {
	for _, o := range operators() {
		if o.name == name {
			return o, true
		}
	}
	return operator{}, false
}

// adviseOperator suggests a replacement for an unknown operator.
func adviseOperator(name string) string {
	known := operators()
	for _, o := range known {
		if strings.EqualFold(o.name, name) {
			return "write " + quote(o.name)
		}
	}
	if strings.HasSuffix(name, "IfExists") || strings.Contains(name, ":") || name == "Null" {
		return "identity-based and session policies have no IfExists, Null, ForAllValues: or ForAnyValue:; write a plain operator"
	}
	names := make([]string, len(known))
	for i, o := range known {
		names[i] = o.name
	}
	return "write one of " + strings.Join(names, ", ")
}
