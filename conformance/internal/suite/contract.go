package suite

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/esacert/esacert/spec"
)

// Contract is what cases take from the OpenAPI document.
type Contract struct {
	Version    string
	Document   *openapi3.T
	Parameters []Parameter // of the operation with their documented examples, in the document's order
	Rows       []Row       // of the documented table, in its order
	examples   map[string]any
}

// Row is a row of the documented table of errors, as the document has it.
type Row struct {
	Number  int
	Key     string
	Status  int
	Code    string
	Message string
}

// ReadContract reads the contract of the project.
func ReadContract() (*Contract, error) {
	document, err := openapi3.NewLoader().LoadFromData(spec.Document())
	if err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("checking the contract: %w", err)
	}
	path := document.Paths.Value("/")
	if path == nil || path.Post == nil {
		return nil, fmt.Errorf("the contract has no POST on /")
	}
	contract := &Contract{Version: document.Info.Version, Document: document, examples: map[string]any{}}
	for _, parameter := range path.Parameters {
		if parameter.Value.Example == nil {
			continue // the documented request does not have it
		}
		contract.Parameters = append(contract.Parameters, Parameter{
			Name: parameter.Value.Name, Value: formatValue(parameter.Value.Example),
		})
	}
	content := path.Post.Responses.Status(200).Value.Content.Get("application/json")
	if content == nil {
		return nil, fmt.Errorf("the contract has no JSON answer of status 200")
	}
	for name, example := range content.Examples {
		contract.examples[name] = example.Value.Value
	}
	contract.Rows, err = readRows(path.Post.Responses)
	return contract, err
}

// readRows finds the examples that say which row they are.
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
				return nil, fmt.Errorf("the contract has row %s under status %q", key, status)
			}
			rows = append(rows, Row{Number: int(number), Key: key, Status: code, Code: fields["Code"], Message: fields["Message"]})
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Number, b.Number) })
	return rows, nil
}

// Example gives an example of the answer of status 200 as JSON, by its name in
// the contract.
func (c *Contract) Example(name string) ([]byte, error) {
	example, ok := c.examples[name]
	if !ok {
		return nil, fmt.Errorf("the contract has no example %q of an accepted call", name)
	}
	return json.Marshal(example)
}

// ExampleFields gives the fields of an example by their paths, such as
// Result.0.Id, as texts.
func (c *Contract) ExampleFields(name string) (map[string]string, error) {
	example, ok := c.examples[name]
	if !ok {
		return nil, fmt.Errorf("the contract has no example %q of an accepted call", name)
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

// formatValue writes a number without an exponent, as it stands in the document.
func formatValue(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
