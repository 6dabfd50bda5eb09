package ram_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/esacert/esacert/server/internal/ram"
)

// operatorCases are the cases of one operator with one list of values.
type operatorCases struct {
	Operator string         `json:"operator"`
	Key      string         `json:"key"`
	Values   []string       `json:"values"`
	Cases    []operatorCase `json:"cases"`
}

type operatorCase struct {
	Name  string  `json:"name"`
	Value *string `json:"value"` // nil: the request does not show the key
	Holds bool    `json:"holds"`
}

// document is a policy that allows everything if the condition holds.
func (c operatorCases) document(t *testing.T) []byte {
	t.Helper()
	document, err := json.Marshal(map[string]any{
		"Version": "1",
		"Statement": []any{map[string]any{
			"Effect": "Allow", "Action": "*", "Resource": "*",
			"Condition": map[string]any{c.Operator: map[string]any{c.Key: c.Values}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestOperators(t *testing.T) {
	t.Parallel()
	var all []operatorCases
	readJSON(t, "testdata/operators.json", &all)
	for _, group := range all {
		policy, err := ram.Parse(group.document(t))
		if err != nil {
			t.Fatalf("%s %q: %v", group.Operator, group.Values, err)
		}
		for _, c := range group.Cases {
			t.Run(group.Operator+"/"+strings.Join(group.Values, ",")+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				context := ram.Values{"esa:Unrelated": "prod"}
				if c.Value != nil {
					context[group.Key] = *c.Value
				}
				request := ram.Request{Action: apply, Resource: site123, Context: context}
				got := ram.Evaluate(ram.PolicyLayers{Identity: []*ram.Policy{policy}}, request)
				if got.Allowed != c.Holds {
					t.Errorf("holds = %t, want %t", got.Allowed, c.Holds)
				}
			})
		}
	}
}

// Each documented operator has a case that holds, one that does not, and one of
// an absent key.
func TestOperatorsAreCovered(t *testing.T) {
	t.Parallel()
	documented := []string{
		"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
		"Bool", "IpAddress", "NotIpAddress",
	}
	var all []operatorCases
	readJSON(t, "testdata/operators.json", &all)
	type seen struct{ holds, fails, absent bool }
	found := map[string]*seen{}
	for _, group := range all {
		s := found[group.Operator]
		if s == nil {
			s = &seen{}
			found[group.Operator] = s
		}
		for _, c := range group.Cases {
			s.absent = s.absent || c.Value == nil
			s.holds = s.holds || c.Value != nil && c.Holds
			s.fails = s.fails || c.Value != nil && !c.Holds
		}
	}
	for _, name := range documented {
		if s := found[name]; s == nil || *s != (seen{true, true, true}) {
			t.Errorf("%s: cases seen: %+v, want all three", name, s)
		}
	}
	if len(found) != len(documented) {
		t.Errorf("%d operators in the data, %d documented", len(found), len(documented))
	}
}
