package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// row is an error of the contract: a named example of an error response.
type row struct {
	Key         string
	Status      int
	Code        string
	Message     string
	Description string
	Remedy      string // usual fix; empty if the description suffices
	Evidence    string
	shared      bool // a component of common.yaml
	derived     bool // from the name of a parameter
}

// Name is the Go name of the row's value.
func (r row) Name() string { return exportedName(r.Key) }

func (r row) identity() string { return fmt.Sprint(r.Status, " ", r.Code, " ", r.Message) }

// errorValues is the input of the errors template.
type errorValues struct {
	Documented []*row // in the order of the operations and their tables
	Gateway    []*row // by status and key
	Codes      []string
}

// readRows reads the documented table from the responses that have a status.
func (op *operation) readRows() error {
	if len(op.Methods) == 0 {
		return nil // reported by readAction
	}
	var problems []error
	for status, response := range pairs(get(op.main(), "responses")) {
		code, err := strconv.Atoi(status)
		if err != nil || code < 400 {
			continue
		}
		err = op.readExamples(response, func(r *row, example *yaml.Node) error {
			r.Status, r.Evidence = code, cmp.Or(text(example, "x-evidence"), "documented")
			if r.Remedy == "" {
				return errors.New("x-remedy is missing: set it to the usual fix")
			}
			op.Rows = append(op.Rows, r)
			return nil
		})
		problems = append(problems, err)
	}
	slices.SortStableFunc(op.Rows, func(a, b *row) int { return cmp.Compare(a.Status, b.Status) })
	if len(op.Rows) == 0 {
		problems = append(problems, errors.New("no documented error"))
	}
	return errors.Join(problems...)
}

func (op *operation) readExamples(response *yaml.Node, add func(*row, *yaml.Node) error) error {
	return readExamples(op.joined, response, add)
}

func readExamples(root, response *yaml.Node, add func(*row, *yaml.Node) error) error {
	var problems []error
	for key, reference := range pairs(get(resolve(root, response), "content", jsonType, "examples")) {
		example := resolve(root, reference)
		r := &row{
			Key: key, Code: text(example, "value", "Code"), Message: text(example, "value", "Message"),
			Description: text(example, "description"), Remedy: text(example, "x-remedy"), shared: example != reference,
		}
		if err := errors.Join(checkRow(r, example), add(r, example)); err != nil {
			problems = append(problems, fmt.Errorf("example %s: %w", key, err))
		}
	}
	return errors.Join(problems...)
}

func checkRow(r *row, example *yaml.Node) error {
	if r.Code == "" || r.Message == "" || r.Description == "" {
		return errors.New("code, message and description are required")
	}
	if get(example, "x-remedy") != nil && r.Remedy == "" {
		return errors.New("x-remedy must be a string that is not empty")
	}
	if r.Key != r.Code && !strings.HasPrefix(r.Key, r.Code+".") {
		return fmt.Errorf("the key must be the code %s, or begin with it and a dot", r.Code)
	}
	return nil
}

// readGateway reads the gateway's errors from common.yaml.
func (c *contract) readGateway() ([]*row, error) {
	var rows []*row
	response := get(c.common, "components", "responses", "Gateway")
	err := readExamples(c.common, response, func(r *row, example *yaml.Node) error {
		status, err := strconv.Atoi(text(example, "x-http-status"))
		if err != nil || status < 400 || status > 599 {
			return fmt.Errorf("x-http-status is %q, want 400 to 599", text(example, "x-http-status"))
		}
		r.Status, r.Evidence = status, text(example, "x-evidence")
		if !slices.Contains([]string{"gateway", "observed", "inferred"}, r.Evidence) {
			return fmt.Errorf("x-evidence is %q, want gateway, observed or inferred", r.Evidence)
		}
		rows = append(rows, r)
		return nil
	})
	if err == nil && len(rows) == 0 {
		err = errors.New("common.yaml: components/responses/Gateway has no examples")
	}
	return rows, err
}

// collectErrors merges the rows of all operations with the gateway's errors and
// those that the gateway derives from the names of parameters.
func collectErrors(c *contract) (errorValues, error) {
	gateway, err := c.readGateway()
	if err != nil {
		return errorValues{}, err
	}
	s := rowSet{byKey: map[string]*row{}, owner: map[string]string{}}
	for _, op := range c.Operations {
		for i, r := range op.Rows {
			op.Rows[i] = s.addDocumented(op, r)
		}
	}
	documented := s.rows
	s.rows = nil
	for _, r := range gateway {
		s.addGateway(r)
	}
	for _, op := range c.Operations {
		for _, p := range op.Params {
			if p.Required {
				s.addTemplate(op, p, p.Missing, "Missing")
			}
			s.addTemplate(op, p, p.Invalid, "Invalid")
		}
	}
	slices.SortFunc(s.rows, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Key, b.Key))
	})
	values := errorValues{Documented: documented, Gateway: s.rows}
	all := slices.Concat(documented, s.rows)
	for _, r := range all {
		if !slices.Contains(values.Codes, r.Code) {
			values.Codes = append(values.Codes, r.Code)
		}
	}
	slices.Sort(values.Codes)
	s.problems = append(s.problems, checkUnique(all))
	return values, errors.Join(s.problems...)
}

// rowSet collects rows so that each key has one value.
type rowSet struct {
	rows     []*row
	byKey    map[string]*row
	owner    map[string]string // file in which a key was first
	problems []error
}

func (s *rowSet) addDocumented(op *operation, r *row) *row {
	known, exists := s.byKey[r.Key]
	if !exists {
		s.byKey[r.Key], s.owner[r.Key] = r, op.File
		s.rows = append(s.rows, r)
		return r
	}
	switch {
	case known.identity() != r.identity():
		s.problems = append(s.problems, fmt.Errorf("%s: %s is %q here and %q in %s: add a suffix to the key",
			op.File, r.Key, r.identity(), known.identity(), s.owner[r.Key]))
	case !known.shared || !r.shared:
		s.problems = append(s.problems, fmt.Errorf("%s: %s is in %s too: move it to components/examples of common.yaml and refer to it from both",
			op.File, r.Key, s.owner[r.Key]))
	}
	return known
}

// addGateway adds an error of the gateway. A documented row with the same identity
// replaces it.
func (s *rowSet) addGateway(r *row) {
	if known, exists := s.byKey[r.Key]; exists {
		if known.identity() != r.identity() {
			s.problems = append(s.problems, fmt.Errorf("common.yaml: %s is %q at the gateway and %q in %s: add a suffix to a key",
				r.Key, r.identity(), known.identity(), s.owner[r.Key]))
		}
		return
	}
	s.byKey[r.Key], s.owner[r.Key] = r, "common.yaml"
	s.rows = append(s.rows, r)
}

// addTemplate adds the error that the gateway derives from the name of a parameter,
// unless the contract has an error with the key.
func (s *rowSet) addTemplate(op *operation, p parameter, key, prefix string) {
	if known, exists := s.byKey[key]; exists {
		if known.derived {
			op.derived = append(op.derived, known)
		}
		return
	}
	if key != prefix+p.Name {
		s.problems = append(s.problems, fmt.Errorf("%s: parameter %s: x-%s names %s, which is not an error of the contract",
			op.File, p.Name, strings.ToLower(prefix), key))
		return
	}
	r := &row{
		Key: key, Status: 400, Code: key, Evidence: "gateway", derived: true,
		Message:     p.Name + " is mandatory for this action.",
		Description: "The parameter " + p.Name + " is missing or empty; the gateway's template for a missing parameter.",
		Remedy:      "send the parameter " + p.Name,
	}
	if prefix == "Invalid" {
		r.Message = "Specified parameter " + p.Name + " is not valid."
		r.Description = "The parameter " + p.Name + " has another type or form, is repeated, or is a JSON array or object; the gateway's template for an invalid parameter."
		r.Remedy = "send " + p.Name + " once, " + map[string]string{
			"Int32": "as a whole number", "Int64": "as a whole number", "Boolean": "as true or false", "String": "in the documented form",
		}[p.Kind]
	}
	s.byKey[key], s.owner[key] = r, op.File
	s.rows = append(s.rows, r)
	op.derived = append(op.derived, r)
}

// checkUnique checks that each lookup key is unique: the Go name, and status, code
// and message together.
func checkUnique(rows []*row) error {
	seen := map[string]string{}
	for _, r := range rows {
		for _, mark := range []string{"Go name " + r.Name(), "status, code and message " + r.identity()} {
			if other, twice := seen[mark]; twice {
				return fmt.Errorf("%s and %s have the same %s", other, r.Key, mark)
			}
			seen[mark] = r.Key
		}
	}
	return nil
}

// exportedName converts a key or code to an exported identifier.
func exportedName(key string) string {
	if key == "" {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(strings.ReplaceAll(key, "_", "."), ".") {
		part = strings.ToUpper(part[:1]) + part[1:]
		if head, ok := strings.CutSuffix(part, "Id"); ok {
			part = head + "ID"
		}
		b.WriteString(part)
	}
	return b.String()
}
