package suite

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/esacert/esacert/gen/esaspec"
)

// Contract is the part of the OpenAPI document that cases use.
type Contract struct {
	Version    string
	Document   *openapi3.T
	Parameters []Parameter // documented examples of the operation's parameters, in order
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
	data, _ := esaspec.Operation("ApplyCertificate")
	document, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("check contract: %w", err)
	}
	path := document.Paths.Value("/")
	if path == nil || path.Post == nil {
		return nil, fmt.Errorf("check contract: no POST on /")
	}
	contract := &Contract{Version: document.Info.Version, Document: document, examples: map[string]any{}}
	for _, parameter := range path.Parameters {
		if parameter.Value.Example == nil {
			continue // absent from the documented request
		}
		contract.Parameters = append(contract.Parameters, Parameter{
			Name: parameter.Value.Name, Value: formatValue(parameter.Value.Example),
		})
	}
	content := path.Post.Responses.Status(200).Value.Content.Get("application/json")
	if content == nil {
		return nil, fmt.Errorf("check contract: no JSON response with status 200")
	}
	for name, example := range content.Examples {
		contract.examples[name] = example.Value.Value
	}
	contract.Rows, err = readRows(path.Post.Responses)
	return contract, err
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
func (c *Contract) Example(name string) ([]byte, error) {
	example, ok := c.examples[name]
	if !ok {
		return nil, fmt.Errorf("no example %q of a success response in the contract", name)
	}
	return json.Marshal(example)
}

// ExampleFields returns the fields of an example by path, for example Result.0.Id.
func (c *Contract) ExampleFields(name string) (map[string]string, error) {
	example, ok := c.examples[name]
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
