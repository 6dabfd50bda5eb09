package admin

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Types of parameters.
const (
	typeString  = "string"
	typeInteger = "integer"
)

// query is a validated query.
type query struct {
	values  url.Values
	numbers map[string]int64
}

// readQuery rejects unknown names and invalid numbers, so that a typo does not
// select everything.
func readQuery(values url.Values, parameters []Parameter) (query, error) {
	q := query{values, map[string]int64{}}
	for name, list := range values {
		at := slices.IndexFunc(parameters, func(p Parameter) bool { return p.Name == name })
		switch {
		case at < 0:
			return q, fmt.Errorf("unknown parameter %q: want one of %s", name, namesOf(parameters))
		case len(list) > 1:
			return q, fmt.Errorf("parameter %s is given %d times", name, len(list))
		}
		if err := parameters[at].checkValue(list[0]); err != nil {
			return q, err
		}
		if parameters[at].Type == typeInteger {
			n, err := strconv.ParseInt(list[0], 10, 64)
			if tooLarge := errors.Is(err, strconv.ErrRange) && n > 0; (err != nil && (!tooLarge || name != "limit")) || n < 0 {
				return q, fmt.Errorf("%s: invalid value %q: want a non-negative integer", name, list[0])
			}
			q.numbers[name] = n
		}
	}
	return q, nil
}

// checkValue rejects values that are not listed. An empty value selects
// everything, like an omitted parameter.
func (p Parameter) checkValue(value string) error {
	if value == "" || len(p.Values) == 0 || slices.Contains(p.Values, value) {
		return nil
	}
	return fmt.Errorf("%s: invalid value %q: want %s", p.Name, value, alternatives(p.Values))
}

func (q query) string(name string) string { return q.values.Get(name) }
func (q query) number(name string) int64  { return q.numbers[name] }

// limit returns the maximum number of items: standard if the query has no limit
// or 0, and at most MaxLimit.
func (q query) limit(standard int) int {
	if n := q.numbers["limit"]; n > 0 {
		return int(min(n, MaxLimit))
	}
	return standard
}

// alternatives joins values as "a, b or c".
func alternatives(values []string) string {
	last := len(values) - 1
	if last < 1 {
		return strings.Join(values, "")
	}
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

func namesOf(parameters []Parameter) string {
	names := make([]string, len(parameters))
	for i, p := range parameters {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}
