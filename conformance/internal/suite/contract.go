package suite

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/gen/esaspec"
)

// Contract is the part of the OpenAPI documents that cases use. The embedded Operation
// is ApplyCertificate, the default of cases.
type Contract struct {
	Version string
	*Operation
	operations []*Operation
}

// Operation is the part of the OpenAPI document of one operation that cases use.
type Operation struct {
	Facts      *esaops.Operation
	Document   *openapi3.T
	Parameters []Parameter // documented examples of the parameters, in order
	Rows       []Row       // documented table of errors, in order
	examples   map[string]any
}

// Row is a row of the documented table of errors.
type Row struct {
	Number  int
	Key     string
	Status  int
	Code    string
	Message string
}

// ReadContract reads and validates the embedded contract.
func ReadContract() (*Contract, error) {
	contract := &Contract{Version: esaops.Version}
	for _, facts := range esaops.All() {
		operation, err := readOperation(facts)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", facts.Action, err)
		}
		contract.operations = append(contract.operations, operation)
		if facts == esaops.ApplyCertificate {
			contract.Operation = operation
		}
	}
	return contract, nil
}

// Lookup returns an operation by its action. The action of ApplyCertificate may be
// empty.
func (c *Contract) Lookup(action string) (*Operation, error) {
	if action == "" {
		return c.Operation, nil
	}
	for _, operation := range c.operations {
		if operation.Facts.Action == action {
			return operation, nil
		}
	}
	return nil, fmt.Errorf("the contract has no operation %q", action)
}

// LookupFacts returns the facts of an operation by its action. The action of
// ApplyCertificate may be empty.
func LookupFacts(action string) (*esaops.Operation, bool) {
	if action == "" {
		return esaops.ApplyCertificate, true
	}
	return esaops.Find(action)
}

func readOperation(facts *esaops.Operation) (*Operation, error) {
	data, _ := esaspec.Operation(facts.Action)
	document, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("check contract: %w", err)
	}
	path := document.Paths.Value("/")
	if path == nil || path.GetOperation(facts.Methods[0]) == nil {
		return nil, fmt.Errorf("check contract: no %s on /", facts.Methods[0])
	}
	described := path.GetOperation(facts.Methods[0])
	operation := &Operation{Facts: facts, Document: document, examples: map[string]any{}}
	values := exampleValues(path.Parameters, described)
	for _, p := range facts.Parameters {
		if value, ok := values[p.Name]; ok { // else absent from the documented request
			operation.Parameters = append(operation.Parameters, Parameter{Name: p.Name, Value: value})
		}
	}
	content := described.Responses.Status(200).Value.Content.Get("application/json")
	if content == nil {
		return nil, fmt.Errorf("check contract: no JSON response with status 200")
	}
	for name, example := range content.Examples {
		operation.examples[name] = example.Value.Value
	}
	if len(content.Examples) == 0 {
		operation.examples[propertiesExample] = propertyExamples(content.Schema.Value)
	}
	operation.Rows, err = readRows(described.Responses)
	return operation, err
}

// propertyExamples returns an object with the examples of the properties of a schema,
// and a request ID.
func propertyExamples(schema *openapi3.Schema) map[string]any {
	object := map[string]any{"RequestId": "04F0F334-1335-436C-A1D7-6C044FE73368"}
	for name, property := range schema.Properties {
		if property.Value.Example != nil {
			object[name] = property.Value.Example
		}
	}
	return object
}

// exampleValues returns the examples of the parameters in the query and in the form.
func exampleValues(parameters openapi3.Parameters, described *openapi3.Operation) map[string]string {
	values := map[string]string{}
	for _, parameter := range slices.Concat(parameters, described.Parameters) {
		if parameter.Value.Example != nil {
			values[parameter.Value.Name] = formatValue(parameter.Value.Example)
		}
	}
	if described.RequestBody == nil {
		return values
	}
	for _, content := range described.RequestBody.Value.Content {
		for name, property := range content.Schema.Value.Properties {
			if property.Value.Example != nil {
				values[name] = formatValue(property.Value.Example)
			} else if enum := property.Value.Enum; len(enum) > 0 {
				values[name] = formatValue(enum[0]) // the schema of an enumeration has no example
			}
		}
	}
	return values
}

// readRows collects the examples with a row number.
func readRows(responses *openapi3.Responses) ([]Row, error) {
	var rows []Row
	for status, response := range responses.Map() {
		content := response.Value.Content.Get("application/json")
		if content == nil {
			continue
		}
		for key, example := range content.Examples {
			number, ok := example.Value.Extensions["x-error-row"].(float64)
			if !ok {
				continue
			}
			fields := map[string]string{}
			flatten("", example.Value.Value, fields)
			code, err := strconv.Atoi(status)
			if err != nil {
				return nil, fmt.Errorf("check contract: row %s has status %q", key, status)
			}
			rows = append(rows, Row{Number: int(number), Key: key, Status: code, Code: fields["Code"], Message: fields["Message"]})
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Number, b.Number) })
	return rows, nil
}

// Example returns the named example of the response with status 200 as JSON.
func (o *Operation) Example(name string) ([]byte, error) {
	example, ok := o.examples[name]
	if !ok {
		return nil, fmt.Errorf("no example %q of a success response in the contract", name)
	}
	return json.Marshal(example)
}

// ExampleFields returns the fields of an example by path, for example Result.0.Id.
func (o *Operation) ExampleFields(name string) (map[string]string, error) {
	example, ok := o.examples[name]
	if !ok {
		return nil, fmt.Errorf("no example %q of a success response in the contract", name)
	}
	fields := map[string]string{}
	flatten("", example, fields)
	return fields, nil
}

func flatten(path string, value any, into map[string]string) {
	under := func(step string) string {
		if path == "" {
			return step
		}
		return path + "." + step
	}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			flatten(under(name), member, into)
		}
	case []any:
		for i, item := range v {
			flatten(under(strconv.Itoa(i)), item, into)
		}
	default:
		into[path] = formatValue(v)
	}
}

// formatValue writes a number without an exponent, as the document does.
func formatValue(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
