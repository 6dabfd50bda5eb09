package ram

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// policyJSON and statementJSON are the document form. Their fields are in the
// order of the vendor's pages.
type policyJSON struct {
	Version   string
	Statement []statementJSON
}

type statementJSON struct {
	Effect    Effect
	Action    oneOrMore `json:",omitempty"`
	NotAction oneOrMore `json:",omitempty"`
	Resource  oneOrMore
	Condition map[string]map[string]oneOrMore `json:",omitempty"`
}

// oneOrMore is marshaled as a string if it has one item.
type oneOrMore []string

func (o oneOrMore) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return encode(o[0])
	}
	return encode([]string(o))
}

// MarshalJSON returns the policy as compact JSON, which [Parse] parses to an
// equal policy. The name is not included. Conditions are sorted, and a list of
// one is written without brackets.
func (p *Policy) MarshalJSON() ([]byte, error) {
	document := policyJSON{Version: version, Statement: []statementJSON{}}
	for i := range p.Len() {
		document.Statement = append(document.Statement, p.statements[i].document())
	}
	data, err := encode(document)
	if err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	return data, nil
}

func (s *statement) document() statementJSON {
	document := statementJSON{Effect: s.effect}
	for i := range s.resources {
		document.Resource = append(document.Resource, s.resources[i].source)
	}
	actions := &document.Action
	if s.notAction {
		actions = &document.NotAction
	}
	for i := range s.actions {
		*actions = append(*actions, s.actions[i].source)
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if document.Condition == nil {
			document.Condition = map[string]map[string]oneOrMore{}
		}
		if document.Condition[c.operator] == nil {
			document.Condition[c.operator] = map[string]oneOrMore{}
		}
		document.Condition[c.operator][c.key] = c.values
	}
	return document
}

// encode writes JSON with <, > and & unescaped: escapes would count against the
// size.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
